// Prints what a folder of the disk builds to: kustomize_build DIR [PATH [TIMES]]. Ends with 1 and
// the error where it does not build. With TIMES it is built so often: for measurements. It is the
// renderer alone: libraries of the network would take longer to load than most builds.
//
// kustomize_build - builds many in one process, as the oracle beside this does: each line of
// standard input is a folder and, after a tab, the path in it; each line of standard output is
// {"yaml": TEXT} or {"error": TEXT}.
//
// kustomize_build --repo-specs - tells what each line, a JSON text, names of a repository.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include "core/render/kustomize/build.h"
#include "core/render/kustomize/repo_spec.h"
#include "edge/os/disk_tree.h"
#include "lang/json/json.h"

namespace {

plumb::Result<std::string> build(const std::string& folder, const std::string& path) {
  using namespace plumb;
  const DiskTree tree = TRY(DiskTree::open(folder));
  Budget budget;
  return rendering::kustomize::print(
      TRY(rendering::kustomize::build(tree, TRY(RelPath::parse(path)), budget)));
}

int build_many() {
  using namespace plumb;
  for (std::string line; std::getline(std::cin, line);) {
    const size_t tab = line.find('\t');
    const Result<std::string> text = build(line.substr(0, tab), line.substr(tab + 1));
    const Value answer =
        text ? Value::map({{"yaml", *text}}) : Value::map({{"error", text.error().render()}});
    std::cout << json::write(answer) << '\n' << std::flush;
  }
  return 0;
}

// The parts of the repository that each line, a JSON text, names; null where it names none.
int show_repo_specs() {
  using namespace plumb;
  for (std::string line; std::getline(std::cin, line);) {
    const Result<Value> text = json::parse(line);
    if (!text || !text->is_string()) return 2;
    const auto spec = rendering::kustomize::parse_repo_spec(*text->as_string());
    const Value parts =
        spec ? Value::list({spec->host, spec->repository, spec->folder, spec->ref}) : Value();
    std::cout << json::write(parts) << '\n' << std::flush;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 4) {
    std::fputs("usage: kustomize_build DIR [PATH [TIMES]]\n", stderr);
    return 2;
  }
  if (argc == 2 && std::string(argv[1]) == "-") return build_many();
  if (argc == 2 && std::string(argv[1]) == "--repo-specs") return show_repo_specs();
  const std::string path = argc > 2 ? argv[2] : ".";
  const int times = argc > 3 ? std::atoi(argv[3]) : 1;
  plumb::Result<std::string> text = build(argv[1], path);
  for (int i = 1; i < times && text; ++i) text = build(argv[1], path);
  if (!text) {
    std::fputs(text.error().render().c_str(), stderr);
    return 1;
  }
  std::fwrite(text->data(), 1, text->size(), stdout);
  return 0;
}
