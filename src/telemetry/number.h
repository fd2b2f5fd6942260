#pragma once

#include <string>

namespace strata::telemetry {

// The shortest digits that give the same double back, in the shapes that Go gives them.

// fmt's %v and strconv's 'g', used by logfmt and the metrics page: an exponent below 1e-4 and from
// 1e6 on.
std::string format_go_g(double value);

// encoding/json: an exponent below 1e-6 and from 1e21 on, without leading zero. Finite values only.
std::string format_go_json(double value);

}  // namespace strata::telemetry
