// `plumb render`: the manifests of a local folder as one YAML stream; no cluster is asked.
#include "base/text.h"
#include "cmd/cli/commands.h"
#include "cmd/cli/local_source.h"
#include "cmd/cli/render_options.h"
#include "cmd/shared/remote_bases.h"
#include "lang/yaml/yaml.h"

namespace plumb::cli {

Result<int> run(const Session& session, const RenderCommand& command) {
  const RenderOptions options = TRY(render_options(command));
  if (options.takes_more) {
    session.progress(
        "warning: no cluster is asked for spec.postBuild.substituteFrom; give values by --var or "
        "--vars-file");
  }
  // git and what it fetched go before the program does.
  const Interrupts::Section section(session.interrupts);
  const Manifests manifests = TRY(render_local(
      options.path, TRY(remote_bases({.allowed = command.remote_bases}, section.stop())),
      options.request));
  for (const Warning& warning : manifests.warnings) {
    session.progress("warning: " + warning.message + " (" + to_string(warning.position) + ")");
  }
  if (session.options.output == OutputFormat::json) {
    List items;
    for (const Manifest& manifest : manifests.objects) items.push_back(manifest.body);
    TRY(session.print_value(
        Value::map({{"apiVersion", "v1"}, {"kind", "List"}, {"items", Value(std::move(items))}})));
    return kExitOk;
  }
  std::string out;
  for (const Manifest& manifest : manifests.objects) {
    out += "---\n# Source: " + escape_terminal(to_string(manifest.origin.position())) + "\n" +
           yaml::write(manifest.body);
  }
  TRY(session.print(out));
  return kExitOk;
}

}  // namespace plumb::cli
