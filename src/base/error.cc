#include "base/error.h"

#include <cstdio>

namespace plumb {

struct Error::Details {
  ErrorCode code;
  Retry retry;
  std::string message;
  std::optional<Position> position;
  std::string help;
  std::vector<std::string> context;
  std::vector<Error> also;
};

namespace {

constexpr size_t kMaxRendered = 20;  // errors of one run that are printed in full

std::string code_text(ErrorCode code) {
  char text[16];
  std::snprintf(text, sizeof text, "E%04d", code.number);
  return text;
}

}  // namespace

std::string to_string(const Position& position) {
  std::string out = position.file;
  if (position.line > 0) out += ":" + std::to_string(position.line);
  if (position.line > 0 && position.column > 0) out += ":" + std::to_string(position.column);
  return out;
}

Error::Error(ErrorCode code, std::string message, Retry retry)
    : details_(std::make_shared<Details>(
          Details{code, retry, std::move(message), std::nullopt, {}, {}, {}})) {}

ErrorCode Error::code() const {
  return details_->code;
}
Retry Error::retry() const {
  return details_->retry;
}
const std::string& Error::message() const {
  return details_->message;
}
const std::optional<Position>& Error::position() const {
  return details_->position;
}
const std::string& Error::help() const {
  return details_->help;
}
const std::vector<std::string>& Error::context() const {
  return details_->context;
}
const std::vector<Error>& Error::also() const {
  return details_->also;
}

Error Error::at(Position position) const& {
  auto copy = std::make_shared<Details>(*details_);
  copy->position = std::move(position);
  return Error(std::shared_ptr<const Details>(std::move(copy)));
}

Error Error::with_help(std::string help) const& {
  auto copy = std::make_shared<Details>(*details_);
  copy->help = std::move(help);
  return Error(std::shared_ptr<const Details>(std::move(copy)));
}

Error Error::while_doing(std::string what) const& {
  auto copy = std::make_shared<Details>(*details_);
  copy->context.push_back(std::move(what));
  return Error(std::shared_ptr<const Details>(std::move(copy)));
}

Error Error::with_also(std::vector<Error> more) const& {
  auto copy = std::make_shared<Details>(*details_);
  for (Error& error : more) copy->also.push_back(std::move(error));
  return Error(std::shared_ptr<const Details>(std::move(copy)));
}

std::string Error::summary() const {
  std::string out = details_->message;
  if (details_->position) out += " (" + to_string(*details_->position) + ")";
  if (!details_->also.empty()) out += "; and " + std::to_string(details_->also.size()) + " more";
  return out;
}

// As deep as errors were collected into one another: a file's into those of an app.
// NOLINTNEXTLINE(misc-no-recursion)
std::string Error::render() const {
  std::string out = "error[" + code_text(details_->code) + "]: " + details_->message + "\n";
  if (details_->position) out += "  --> " + to_string(*details_->position) + "\n";
  for (const std::string& line : details_->context) out += "  while " + line + "\n";
  if (!details_->help.empty()) out += "  help: " + details_->help + "\n";
  size_t shown = 1;
  for (const Error& error : details_->also) {
    if (shown++ == kMaxRendered) {
      out += "and " + std::to_string(details_->also.size() - kMaxRendered + 1) + " more\n";
      break;
    }
    out += error.render();
  }
  return out;
}

}  // namespace plumb
