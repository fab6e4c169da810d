#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "edge/server/http_server.h"

namespace plumb {

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const auto bad = [&](const char* why) {
    return Error(kInvalidArgument,
                 "\"" + escape_terminal(text) + "\" is not an address to listen on: " + why)
        .with_help("use address:port, like 127.0.0.1:8080, [::1]:8080 or :8080");
  };
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad("the port is missing");
  std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);
  ListenAddress out;
  const auto [end, fault] =
      std::from_chars(port_text.data(), port_text.data() + port_text.size(), out.port);
  if (fault != std::errc() || end != port_text.data() + port_text.size() || port_text.empty())
    return bad("the port is not in 0..65535");
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return bad("an IPv6 address stands in brackets");
  }
  out.address = host.empty() ? "0.0.0.0" : std::string(host);
  return out;
}

}  // namespace plumb
