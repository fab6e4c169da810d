// Prints what a folder of the disk builds to: kustomize_build DIR [PATH [TIMES]]. Ends with 1 and
// the error where it does not build. With TIMES it is built so often: for measurements.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "core/render/kustomize/build.h"
#include "edge/os/disk_tree.h"

namespace {

plumb::Result<std::string> build(const std::string& folder, const std::string& path) {
  using namespace plumb;
  const DiskTree tree = TRY(DiskTree::open(folder));
  Budget budget;
  return rendering::kustomize::print(
      TRY(rendering::kustomize::build(tree, TRY(RelPath::parse(path)), budget)));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 4) {
    std::fputs("usage: kustomize_build DIR [PATH [TIMES]]\n", stderr);
    return 2;
  }
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
