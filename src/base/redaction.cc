#include "base/redaction.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "base/digest.h"

namespace plumb {
namespace {

constexpr size_t kShort = 4;    // a shorter one has to be a word of its own
constexpr size_t kPrefix = 16;  // so much of a secret is one, too

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool is_own_word(std::string_view text, size_t at, size_t length) {
  const bool before = at > 0 && is_word(text[at - 1]);
  const bool after = at + length < text.size() && is_word(text[at + length]);
  return !before && !after;
}

template <class Change>
std::string changed(std::string_view text, Change change) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(change(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace

void Redaction::add(std::string_view secret) {
  if (secret.empty()) return;
  secrets_.emplace(secret);
  secrets_.insert(changed(secret, [](unsigned char c) { return std::toupper(c); }));
  secrets_.insert(changed(secret, [](unsigned char c) { return std::tolower(c); }));
  std::string encoded = base64_encode(secret);
  while (encoded.ends_with('=')) encoded.pop_back();
  secrets_.insert(std::move(encoded));
}

std::string Redaction::operator()(std::string_view text) const {
  std::vector<bool> hidden(text.size(), false);
  bool any = false;
  for (const std::string& secret : secrets_) {
    const std::string_view start = std::string_view(secret).substr(0, kPrefix);
    for (size_t at = text.find(start); at != std::string_view::npos;
         at = text.find(start, at + 1)) {
      if (secret.size() < kShort && !is_own_word(text, at, secret.size())) continue;
      size_t length = start.size();
      while (length < secret.size() && at + length < text.size() &&
             text[at + length] == secret[length]) {
        ++length;
      }
      std::fill_n(hidden.begin() + static_cast<std::ptrdiff_t>(at), length, true);
      any = true;
    }
  }
  if (!any) return std::string(text);
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!hidden[i]) {
      out += text[i];
    } else if (i == 0 || !hidden[i - 1]) {
      out += kRedacted;
    }
  }
  return out;
}

// As deep as errors were collected into one another.
// NOLINTNEXTLINE(misc-no-recursion)
Error Redaction::operator()(const Error& error) const {
  Error out(error.code(), (*this)(error.message()), error.retry());
  if (error.position()) out = out.at(*error.position());
  for (const std::string& line : error.context()) out = out.while_doing((*this)(line));
  if (!error.help().empty()) out = out.with_help((*this)(error.help()));
  std::vector<Error> also;
  for (const Error& one : error.also()) also.push_back((*this)(one));
  return also.empty() ? out : out.with_also(std::move(also));
}

bool Redaction::touches(std::string_view text) const {
  return std::any_of(secrets_.begin(), secrets_.end(), [text](const std::string& secret) {
    return text.find(secret) != std::string_view::npos;
  });
}

}  // namespace plumb
