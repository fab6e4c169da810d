// Prints what a folder of the disk builds to, with bases of other repositories:
// remote_build HOST,... DIR. Ends with 1 and the error where it does not build.
#include <cstdio>
#include <string>

#include "base/text.h"
#include "core/render/kustomize/build.h"
#include "edge/git/fetching_bases.h"
#include "edge/os/disk_tree.h"

namespace {

plumb::Result<std::string> build(const std::string& hosts, const std::string& folder) {
  using namespace plumb;
  FetchingBasesOptions options;
  options.allowed = TRY(AllowedRemotes::parse(split(hosts, ',')));
  options.git.allow_http = true;
  const TreeWithBases tree(std::make_shared<const DiskTree>(TRY(DiskTree::open(folder))),
                           std::make_shared<const FetchingBases>(options, std::stop_token()));
  Budget budget;
  return rendering::kustomize::print(TRY(rendering::kustomize::build(tree, RelPath(), budget)));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: remote_build HOST,... DIR\n", stderr);
    return 2;
  }
  const plumb::Result<std::string> text = build(argv[1], argv[2]);
  std::fputs(text ? text->c_str() : text.error().render().c_str(), text ? stdout : stderr);
  return text ? 0 : 1;
}
