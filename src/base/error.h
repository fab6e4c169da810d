// Error: the one error type of the project.
//
// An Error is a value: what went wrong, where (a position in a file of a repository), what to do
// about it, and `Retry`, which alone decides back-off. Context is added while going up ("while
// rendering apps/web"). Copyable and cheap to move; thread safe as any value.
//
// Codes are constants of the module that raises them (`inline constexpr ErrorCode
// kDuplicateKey{102, "DuplicateKey"}`); the number is printed as E0102, the name becomes the reason
// of a condition. Ranges: 1xx YAML and JSON, 2xx manifests and rendering, 3xx Git, 4xx trust, 5xx
// cluster, 6xx plan and apply, 7xx custom resources, 8xx command line, 9xx operating system and
// internal, 10xx Kustomize, 11xx Helm, 12xx config-repo edits. docs/errors.md lists them all.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plumb {

struct ErrorCode {
  int number;
  const char* name;  // CamelCase, stable: conditions and metrics use it

  friend constexpr bool operator==(const ErrorCode& a, const ErrorCode& b) {
    return a.number == b.number;
  }
};

inline constexpr ErrorCode kInternal{900, "InternalError"};
inline constexpr ErrorCode kDeadlineExceeded{901, "DeadlineExceeded"};
inline constexpr ErrorCode kCancelled{902, "Cancelled"};
inline constexpr ErrorCode kInvalidArgument{903, "InvalidArgument"};
inline constexpr ErrorCode kBudgetExceeded{904, "BudgetExceeded"};

// Who has to act before a repetition can succeed.
enum class Retry {
  permanent,  // an input must change (a commit, a resource)
  transient,  // the world: repeat with back-off
  conflict,   // read again, then repeat at once
  denied,     // a permission or policy must change
};

// A place in a file of a repository or of the local disk. line and column count from 1; 0 means
// unknown.
struct Position {
  std::string file;
  int line = 0;
  int column = 0;

  friend bool operator==(const Position&, const Position&) = default;
};

std::string to_string(const Position& position);  // "file:line:column", without unknown parts

class [[nodiscard]] Error {
 public:
  Error(ErrorCode code, std::string message, Retry retry = Retry::permanent);

  [[nodiscard]] ErrorCode code() const;
  [[nodiscard]] Retry retry() const;
  [[nodiscard]] const std::string& message() const;
  [[nodiscard]] const std::optional<Position>& position() const;
  [[nodiscard]] const std::string& help() const;
  [[nodiscard]] const std::vector<std::string>& context() const;  // innermost first
  // Further errors found in the same pass; rendered after this one.
  [[nodiscard]] const std::vector<Error>& also() const;

  // Builders: `return Error(kX, "...").at({file, 3}).with_help("...")`.
  Error at(Position position) const&;
  Error with_help(std::string help) const&;
  Error while_doing(std::string what) const&;
  Error with_also(std::vector<Error> more) const&;

  // One line: "message (file:line)". For conditions and logs.
  [[nodiscard]] std::string summary() const;
  // The shape every program prints:
  //   error[E0102]: mapping key "image" is given twice
  //     --> apps/web/deployment.yaml:23:9
  //     while rendering app prod/web
  //     help: remove one of the two lines
  [[nodiscard]] std::string render() const;

 private:
  struct Details;
  explicit Error(std::shared_ptr<const Details> details) : details_(std::move(details)) {}
  std::shared_ptr<const Details> details_;
};

}  // namespace plumb
