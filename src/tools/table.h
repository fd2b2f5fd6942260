#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace strata::tools {

struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  // each as long as the header
};

enum class TableFormat {
  kTable,  // columns padded between bars, the header centred
  kCsv,
  kTsv,  // as kCsv with tabs
};

// The bytes that the reference's tools print.
void write_table(const Table& table, TableFormat format, std::ostream& out);

}  // namespace strata::tools
