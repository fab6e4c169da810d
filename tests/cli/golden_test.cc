// text/<name>/input.yaml -> want.txt. The input names the text ("print"), the style and the values
// it is made of; the time is fixed. ACCEPT=1 rewrites want.txt.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cmd/cli/text/blame_text.h"
#include "cmd/cli/text/division.h"
#include "cmd/cli/text/status_text.h"
#include "cmd/cli/text/tree_text.h"
#include "cmd/cli/text/why.h"
#include "cmd/text/diff_text.h"
#include "core/diff/field_path.h"
#include "lang/yaml/yaml.h"

namespace plumb::cli {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

WallTime fixed_now() {
  return parse_rfc3339("2026-11-23T12:00:00Z").value();
}

Style style_of(const Value& input) {
  return {.color = input.bool_at({"style", "color"}),
          .glyphs = input.bool_at({"style", "glyphs"}),
          .width = static_cast<size_t>(input.integer_at({"style", "width"}).value_or(0))};
}

std::string print_diff(const Value& input, const Style& style) {
  Comparison comparison;
  comparison.unchanged = 3;
  const Value null;
  for (const Value& item : *input.find("objects")->as_list()) {
    const Value* before = item.find("before");
    const Value* after = item.find("after");
    ObjectChange change;
    change.key = key_of(after != nullptr ? *after : *before);
    change.kind = before == nullptr  ? ChangeKind::created
                  : after == nullptr ? ChangeKind::pruned
                                     : ChangeKind::changed;
    change.reason = item.string_at({"reason"});
    if (after != nullptr) change.position = {"apps/web.yaml", 3, 0};
    change.fields =
        field_diff(before != nullptr ? *before : null, after != nullptr ? *after : null);
    comparison.changes.push_back(change);
  }
  return diff_text(comparison, style);
}

std::string print_why(const Value& input, const Style& style) {
  if (input.find("app") == nullptr) {
    return why_text(why_repository(repository_view(*input.find("repository")), fixed_now()), style);
  }
  WhyQuestion question;
  question.app = app_view(*input.find("app"));
  question.repository_read = true;
  if (const Value* lease = input.find("lease")) {
    Division division{4, {}};
    division.leases[2] = {lease->string_at({"holder"}),
                          parse_rfc3339(lease->string_at({"renewed"})).value_or(WallTime{}),
                          std::chrono::seconds(15)};
    question.app.unattended = unattended(division, question.app, "2", fixed_now());
  }
  if (const Value* repository = input.find("repository")) {
    question.repository = repository_view(*repository);
  }
  if (const std::string id = input.string_at({"object"}); !id.empty()) {
    question.object = parse_object_id(id).value();
  }
  if (const std::string live = input.string_at({"live"}); !live.empty()) {
    question.live = Health{HealthStatus::in_progress, live};
  }
  if (const std::string behind = input.string_at({"behind"}); !behind.empty()) {
    question.behind = {{"", "Pod", "prod", "web-7d9c"}, {HealthStatus::failed, behind}, {}};
  }
  return why_text(why(question, fixed_now()), style);
}

std::string print_tree(const Value& input, const Style& style) {
  std::vector<TreeNode> inventory;
  std::vector<Owned> owned;
  for (const Value& item : *input.find("objects")->as_list()) {
    TreeNode node{.key = key_of(item),
                  .uid = item.string_at({"metadata", "uid"}),
                  .health = {HealthStatus::current, ""}};
    if (item.bool_at({"failed"})) node.health = {HealthStatus::failed, "back-off"};
    std::vector<std::string> owners = owner_uids_of(item);
    if (owners.empty()) {
      inventory.push_back(std::move(node));
    } else {
      owned.push_back({std::move(node), std::move(owners)});
    }
  }
  return tree_text("App/web", grow_tree(std::move(inventory), std::move(owned)), style);
}

std::string print_blame(const Value& input, const Style& style) {
  const CommitId commit("3f1c2ab0000000000000000000000000000000ff");
  BlameView view{.object = {"apps", "Deployment", "prod", "web"},
                 .app = "prod/web",
                 .path = "apps/web",
                 .revision = "main@3f1c2ab",
                 .blame = {}};
  view.blame.commits[commit] = {{}, "Ada \x1b[31m <ada@x>", fixed_now(), fixed_now(), "more"};
  for (const Leaf& leaf : leaves_of(*input.find("git"))) {
    BlamedField field{.path = leaf.path,
                      .identity = leaf.identity,
                      .value = *leaf.value,
                      .commit = commit,
                      .files = {}};
    field.files = {"apps/web/a.yaml", "apps/web/b.yaml", "apps/c.yaml", "d.yaml"};
    if (leaf.path.starts_with("spec")) field.line = 12;
    field.boundary = leaf.path == "kind";
    view.blame.fields.push_back(std::move(field));
  }
  const Value& live = *input.find("live");
  view.live = live.as_map()->empty() ? std::vector<OwnedField>() : owned_fields(live);
  return blame_text(view, style);
}

std::string print(const Value& input) {
  const Style style = style_of(input);
  const std::string what = input.string_at({"print"});
  if (what == "diff") return print_diff(input, style);
  if (what == "why") return print_why(input, style);
  if (what == "blame") return print_blame(input, style);
  if (what == "tree") return print_tree(input, style);
  std::vector<AppView> apps;
  for (const Value& item : *input.find("apps")->as_list()) apps.push_back(app_view(item));
  if (what == "history") return history_text(apps.front(), fixed_now(), style);
  return status_text(apps, input.bool_at({"allNamespaces"}), fixed_now(), style);
}

TEST(CliText, Golden) {
  const char* source = std::getenv("PLUMB_SOURCE_DIR");
  ASSERT_NE(source, nullptr);
  const fs::path folder = fs::path(source) / "tests/cli/text";
  const char* accept = std::getenv("ACCEPT");
  size_t cases = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path().filename().string());
    Budget budget;
    const Result<Value> input =
        yaml::parse(read_file(entry.path() / "input.yaml"), "input.yaml", budget);
    ASSERT_TRUE(input.has_value()) << input.error().render();
    const std::string text = print(*input);
    ++cases;
    if (accept != nullptr && std::string(accept) == "1") {
      std::ofstream(entry.path() / "want.txt") << text;
    } else {
      EXPECT_EQ(text, read_file(entry.path() / "want.txt"));
    }
  }
  EXPECT_GE(cases, 8U);
}

}  // namespace
}  // namespace plumb::cli
