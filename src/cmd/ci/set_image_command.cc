// `plumb-ci set-image`: other images in the files of a path, as one commit.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "cmd/ci/repository.h"
#include "core/edit/set_image.h"

namespace plumb::ci {
namespace {

// "Set web=reg.example/web:v2", the changes, and a trailer for each setting.
std::string message_of(const SetImageCommand& command, const std::string& report) {
  std::string trailers;
  for (const std::string& setting : command.settings) {
    trailers += "Plumb-Set-Image: " + setting + "\n";
  }
  const std::string subject = !command.repository.message.empty()
                                  ? command.repository.message
                                  : "Set " + join(command.settings, ", ");
  return subject + "\n\n" + report + "\n" + trailers;
}

std::string report_of(const std::vector<edit::FileEdit>& edits) {
  std::string out;
  for (const edit::FileEdit& edit : edits) {
    for (const edit::FieldChange& change : edit.changes) {
      out += to_string(change.position) + " " + escape_terminal(change.path) + ": " +
             escape_terminal(shorten(change.before, 200)) + " -> " + change.after + "\n";
    }
  }
  return out;
}

}  // namespace

Result<int> run(const SetImageCommand& command, std::stop_token stop) {
  edit::SetImageRequest request{.path = TRY(RelPath::parse(command.path)), .settings = {}};
  for (const std::string& setting : command.settings) {
    request.settings.push_back(TRY(edit::parse_image_setting(setting)));
  }
  const auto repository = TRY(open_repository(command.repository, stop));
  return push_change(
      *repository, command.repository, [&](const CommitId& tip) -> Result<std::optional<Change>> {
        const std::shared_ptr<const SourceTree> tree = TRY(repository->files(tip));
        Budget budget;
        const std::vector<edit::FileEdit> edits = TRY(edit::set_images(*tree, request, budget));
        if (edits.empty()) return std::optional<Change>();
        std::vector<FileContent> files;
        for (const edit::FileEdit& edit : edits) files.push_back({edit.file, edit.after});
        const std::string report = report_of(edits);
        return std::optional(
            Change{{TRY(repository->with_files(tip, files)), message_of(command, report)}, report});
      });
}

}  // namespace plumb::ci
