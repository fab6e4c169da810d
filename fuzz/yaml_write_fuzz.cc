// Any value, built from the input's bytes, is written as YAML and JSON and read again to the same
// value.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/text.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

namespace plumb {
namespace {

class Builder {
 public:
  Builder(const uint8_t* data, size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  Value value(int depth) {  // NOLINT(misc-no-recursion): `depth` bounds it
    switch (byte() % (depth > 0 ? 8 : 5)) {
      case 0:
        return Value();
      case 1:
        return Value(byte() % 2 == 0);
      case 2:
        return Value(raw<int64_t>());
      case 3:
        return number();
      case 4:
        return Value(text());
      case 5:
      case 6: {
        List list;
        for (int n = byte() % 5; n > 0; --n) list.push_back(value(depth - 1));
        return Value(std::move(list));
      }
      default: {
        Map map;
        for (int n = byte() % 5; n > 0; --n) {
          const std::string key = text();
          map.set(key, value(depth - 1));
        }
        return Value(std::move(map));
      }
    }
  }

 private:
  uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto out = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return out;
  }
  template <class T>
  T raw() {
    T out{};
    rest_.copy(reinterpret_cast<char*>(&out), sizeof out);
    rest_.remove_prefix(std::min(sizeof out, rest_.size()));
    return out;
  }
  Value number() {
    const auto real = raw<double>();
    return Value(real - real == 0 ? real : 0.5);  // JSON has neither infinities nor NaN
  }
  std::string text() {
    const size_t size = std::min<size_t>(byte(), rest_.size());
    std::string out(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return is_valid_utf8(out) ? out : out.substr(0, find_invalid_utf8(out));
  }

  std::string_view rest_;
};

}  // namespace
}  // namespace plumb

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace plumb;
  const Value value = Builder(data, size).value(5);
  const std::string want = json::write(value);
  const auto through_json = json::parse(want);
  CHECK(through_json.has_value() && *through_json == value);
  Budget budget;
  const auto back = yaml::parse(yaml::write(value), "w.yaml", budget);
  if (value.is_null()) return 0;
  CHECK(back.has_value());
  CHECK(*back == *through_json || json::write(*back) == want);
  return 0;
}
