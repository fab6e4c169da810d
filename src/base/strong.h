// StrongString<Tag>: a string that is one kind of identifier and no other. Types that have rules
// add a validating `parse` and keep the constructor for trusted text (`unchecked`).
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace plumb {

template <class Tag>
class StrongString {
 public:
  StrongString() = default;
  explicit StrongString(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] const std::string& str() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }

  friend auto operator<=>(const StrongString&, const StrongString&) = default;

 private:
  std::string text_;
};

}  // namespace plumb

template <class Tag>
struct std::hash<plumb::StrongString<Tag>> {
  size_t operator()(const plumb::StrongString<Tag>& id) const noexcept {
    return std::hash<std::string>()(id.str());
  }
};
