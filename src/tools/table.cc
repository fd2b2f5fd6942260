#include "tools/table.h"

#include <algorithm>
#include <ostream>
#include <string_view>

namespace strata::tools {
namespace {

// Code points; every one counts as one column.
std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & '\xc0') != '\x80'; }));
}

std::string_view line_of(std::string_view cell, std::size_t line) {
  for (; line > 0; --line) {
    const std::size_t end = cell.find('\n');
    if (end == std::string_view::npos) {
      return {};
    }
    cell.remove_prefix(end + 1);
  }
  return cell.substr(0, cell.find('\n'));
}

std::size_t count_lines(std::string_view cell) {
  return static_cast<std::size_t>(std::ranges::count(cell, '\n')) + 1;
}

std::size_t cell_width(std::string_view cell) {
  std::size_t width = 0;
  for (std::size_t line = 0; line < count_lines(cell); ++line) {
    width = std::max(width, display_width(line_of(cell, line)));
  }
  return width;
}

void write_row(const std::vector<std::string>& row, const std::vector<std::size_t>& widths,
               std::ostream& out) {
  std::size_t lines = 1;
  for (const std::string& cell : row) {
    lines = std::max(lines, count_lines(cell));
  }
  for (std::size_t line = 0; line < lines; ++line) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string_view text = line_of(row[i], line);
      out << "| " << text << std::string(widths[i] - display_width(text) + 1, ' ');
    }
    out << "|\n";
  }
}

void write_padded(const Table& table, std::ostream& out) {
  std::vector<std::size_t> widths;
  for (const std::string& title : table.header) {
    widths.push_back(display_width(title));
  }
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], cell_width(row[i]));
    }
  }
  for (std::size_t i = 0; i < table.header.size(); ++i) {
    const std::size_t gap = widths[i] - display_width(table.header[i]);
    out << "| " << std::string(gap / 2, ' ') << table.header[i]
        << std::string(gap - gap / 2 + 1, ' ');
  }
  out << "|\n";
  for (const std::size_t width : widths) {
    out << '|' << std::string(width + 2, '-');
  }
  out << "|\n";
  for (const auto& row : table.rows) {
    write_row(row, widths, out);
  }
}

bool needs_quotes(std::string_view field, char separator) {
  return !field.empty() && (field == "\\." || field.find(separator) != std::string_view::npos ||
                            field.find_first_of("\"\r\n") != std::string_view::npos ||
                            field.front() == ' ' || field.front() == '\t');
}

void write_record(const std::vector<std::string>& record, char separator, std::ostream& out) {
  bool first = true;
  for (const std::string& field : record) {
    if (!first) {
      out << separator;
    }
    first = false;
    if (!needs_quotes(field, separator)) {
      out << field;
      continue;
    }
    out << '"';
    for (const char c : field) {
      out << (c == '"' ? "\"\"" : std::string_view(&c, 1));
    }
    out << '"';
  }
  out << '\n';
}

}  // namespace

void write_table(const Table& table, TableFormat format, std::ostream& out) {
  if (format == TableFormat::kTable) {
    write_padded(table, out);
    return;
  }
  const char separator = format == TableFormat::kCsv ? ',' : '\t';
  write_record(table.header, separator, out);
  for (const auto& row : table.rows) {
    write_record(row, separator, out);
  }
}

}  // namespace strata::tools
