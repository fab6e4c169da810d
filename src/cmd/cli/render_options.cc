#include "cmd/cli/render_options.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "cmd/cli/local_source.h"
#include "core/spec/resources.h"
#include "lang/yaml/yaml.h"

namespace plumb::cli {
namespace {

Result<std::string> read_text(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.good() && !stream.eof()) {
    return Error(kUsage, "\"" + safe(file) + "\" cannot be read")
        .with_help("name a file that exists");
  }
  return text;
}

// One "NAME=VALUE"; where says who gave it. No error tells a value.
Result<void> add_variable(std::string_view text, const std::string& where, Substitution& to) {
  const size_t equal = text.find('=');
  const std::string name(text.substr(0, equal));
  if (equal == std::string_view::npos || !is_variable_name(name)) {
    const std::string shown = equal == std::string_view::npos ? "" : " \"" + safe(name) + "\"";
    return Error(kUsage, where + " has no name of a variable" + shown)
        .with_help("write NAME=VALUE, the name of letters, digits and \"_\"");
  }
  std::string value(text.substr(equal + 1));
  std::erase(value, '\n');
  to.variables[name] = std::move(value);
  return {};
}

Result<void> add_file(const std::string& file, Substitution& to) {
  const std::string text = TRY(read_text(file));
  int number = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (trim(line).empty() || trim(line).starts_with('#')) continue;
    const Result<void> added = add_variable(line, "a line of --vars-file", to);
    if (!added) return added.error().at({file, number, 0});
  }
  return {};
}

// The only App of a file, or the only one of them with this path.
Result<Value> read_app(const std::string& file) {
  Budget budget;
  std::vector<Value> apps;
  for (yaml::Document& document : TRY(yaml::parse_all(TRY(read_text(file)), file, budget))) {
    const ObjectKey key = key_of(document.value);
    if (key.group == kApiGroup && key.kind == "App") apps.push_back(std::move(document.value));
  }
  if (apps.size() == 1) return std::move(apps.front());
  return Error(kUsage, "\"" + safe(file) + "\" has " +
                           (apps.empty() ? "no App" : std::to_string(apps.size()) + " Apps"))
      .with_help("--app-file takes a file with one App of plumb.dev/v1alpha1");
}

}  // namespace

Result<RenderOptions> render_options(const RenderCommand& command) {
  RenderOptions out{.path = command.path, .request = {}};
  if (!command.app_file.empty()) {
    const Value app = TRY(read_app(command.app_file));
    if (const Result<void> good = check_rendering(app); !good) {
      return good.error().at({command.app_file, 0, 0});
    }
    out.request.overlay = overlay_of(app);
    out.request.substitution = substitution_of(app);
    out.takes_more = takes_variables(app);
    if (out.path.empty()) {
      const RelPath inside = TRY(RelPath::parse(app.string_at({"spec", "path"})));
      out.path =
          (std::filesystem::path(TRY(working_copy_of(command.app_file))) / inside.str()).string();
    }
  }
  Substitution& substitution = out.request.substitution;
  for (const std::string& file : command.vars_files) TRY(add_file(file, substitution));
  for (const std::string& variable : command.variables) {
    TRY(add_variable(variable, "--var", substitution));
  }
  substitution.strict = substitution.strict || command.strict;
  return out;
}

}  // namespace plumb::cli
