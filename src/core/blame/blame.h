// blame: which commit gave each field of a rendered object the value that it has, and in which file
// and line. `git blame` for what the renderer makes: the app is rendered at the commits of its
// history, and a field belongs to the last commit of which no parent had it with this value. So a
// value that comes out of a base, a patch, an image tag or a generator belongs to the commit that
// changed what it came out of, whatever the renderer. Pure; needs no cluster.
//
// A commit is rendered only where something that the render of its child had read is different in
// it. One that does not render is passed over: what it set belongs to the commit that made it
// render again. An object that changed its name began with it; a hash that kustomize puts behind
// the name of generated data is no change of name.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/blame/history.h"
#include "core/render/render.h"
#include "model/manifests.h"

namespace plumb {

inline constexpr ErrorCode kNotRendered{241, "NotRendered"};  // the source has no such object

// An object as people name it: parts that are "" fit all.
struct ObjectName {
  std::string kind;  // "Deployment", in whatever letters
  std::string name;  // of generated data with or without its hash
  std::string namespace_ = {};
};

struct BlameRequest {
  const History& history;
  CommitId tip;
  RenderRequest source;
  ObjectName object;
  std::string target_namespace = {};  // of the app: where objects are that name none
  uint64_t max_commits = 50'000;
};

struct BlamedField {
  std::string path;
  std::string identity;  // of core/diff's leaves
  Value value;           // never of a Secret: "***"
  CommitId commit;
  // The commit is the oldest that is known here: the field is from it, or older.
  bool boundary = false;
  // Where the value is written, as of the tip: one file and its line; or, where it comes out of a
  // generator or transformer that does not tell, the files that the commit changed.
  std::vector<std::string> files;
  int line = 0;  // 0: not known
};

struct Blame {
  ObjectKey object;  // as written in the source
  std::vector<BlamedField> fields;
  std::map<CommitId, HistoryCommit> commits;  // of the fields
  uint64_t walked = 0;                        // commits that were looked at
  uint64_t rendered = 0;                      // times that the app was rendered
};

// kNotRendered with near names; what keeps the tip from rendering.
[[nodiscard]] Result<Blame> blame_object(const BlameRequest& request);

}  // namespace plumb
