#include "cmd/shared/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/text.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

namespace plumb {

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

bool locale_is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string value = to_lower(environment(name));
    if (value.empty()) continue;
    return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 0;
}

}  // namespace

Style detect_style(ColorChoice color) {
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  const bool dumb = environment("TERM") == "dumb";
  Style style;
  style.width = terminal ? terminal_width() : 0;
  style.glyphs = terminal && !dumb && locale_is_utf8();
  switch (color) {
    case ColorChoice::always:
      style.color = true;
      break;
    case ColorChoice::never:
      break;
    case ColorChoice::automatic: {
      const std::string forced = environment("CLICOLOR_FORCE");
      const bool force = !forced.empty() && forced != "0";
      style.color = environment("NO_COLOR").empty() && !dumb && (terminal || force);
      break;
    }
  }
  return style;
}

Result<void> print_text(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<size_t>(written));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EPIPE) ::_exit(kExitOk);  // `plumb tree web | head`: the reader has enough
    return Error(kOutputFailed,
                 std::string("standard output cannot be written: ") + std::strerror(errno));
  }
  return {};
}

Result<void> print_value(const Value& value, OutputFormat format) {
  return print_text(format == OutputFormat::json ? json::write_pretty(value) + "\n"
                                                 : yaml::write(value));
}

void print_progress(std::string_view line) {
  std::fprintf(stderr, "%s\n", safe(line).c_str());
}

int print_failure(const Error& error) {
  std::fputs(escape_terminal(error.render(), true).c_str(), stderr);
  return error.code() == kDeadlineExceeded ? kExitTimeout : kExitError;
}

}  // namespace plumb
