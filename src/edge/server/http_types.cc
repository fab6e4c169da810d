#include "edge/server/http_types.h"

#include "lang/json/json.h"

namespace plumb {

ServerReply error_reply(unsigned status, const std::string& code, const std::string& message) {
  return {.status = status,
          .content_type = "application/json",
          .body = json::write(Value::map({{"code", code}, {"error", message}})) + "\n"};
}

}  // namespace plumb
