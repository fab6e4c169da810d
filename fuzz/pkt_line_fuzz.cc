// What a Git server answers: pkt-lines, ref lists of all protocol versions, and Git objects.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "edge/git/git_objects.h"
#include "edge/git/pkt_line.h"
#include "edge/git/remote_refs.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace plumb;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  PktReader lines(bytes);
  size_t read = 0;
  while (true) {
    const auto line = lines.next();
    if (!line || !*line) break;
    read += (*line)->payload.size();
  }
  CHECK(read <= size);
  for (const auto& refs : {parse_ls_refs(bytes), parse_ls_remote(bytes)}) {
    if (!refs) continue;
    for (const RemoteRef& ref : *refs) CHECK(parse_ref_name(ref.name.str()).has_value());
  }
  (void)parse_advertisement(bytes);
  (void)parse_commit(bytes);
  (void)parse_tree(bytes);
  return 0;
}
