// Watch: one LIST+WATCH stream of one resource, kept alive for the life of the Watch.
//
// Starts with the complete list (WatchList streaming, else paged LIST), then follows changes;
// resumes from the last resourceVersion after any disconnect and lists again only when the server
// says 410. Reconnects with jittered backoff. Callbacks run on the network thread, one at a time
// and in order: they must be quick, must not block and must not destroy the Watch. Destroying it
// waits for a running callback, so hold no lock which the callbacks take. The client must outlive
// it. An object larger than 16 MiB, or a page of a list larger than 64 MiB, ends a stream.
// Behaviour after client-go v0.36 (tools/cache Reflector).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "edge/cluster/cluster_client.h"

namespace plumb {

struct WatchEvent {
  enum class Type { added, modified, deleted };
  Type type = Type::added;
  Value object;  // complete; for a deletion found by a new list: apiVersion, kind, metadata only
};

struct WatchOptions {
  ApiResource resource;
  std::string namespace_ = {};  // "": all
  std::string label_selector = {};
  std::string field_selector = {};
  std::string impersonate = {};  // user to watch as; "": as ourselves
  // Remember the names seen (about 100 bytes each), so that a new list after 410 yields `deleted`
  // events for what vanished meanwhile. Without it the owner compares at on_synced.
  bool track_names = true;
  // WatchList is tried first; false goes to paged LIST at once.
  bool streaming_list = true;
  // Bookmarks come about every minute. What was silent for longer is listed anew: it may be a
  // server whose history went back, which tells nothing until it has caught up.
  std::chrono::seconds idle_timeout{180};
  // List anew when the connection was lost, too, so that such a server is found out at once, and
  // when the right to watch was lost and is there again.
  bool list_after_loss = false;
  Log log = {};
};

struct WatchCallbacks {
  // `added` for every object of a list, also for those known before a new list.
  std::function<void(const WatchEvent&)> on_event;
  // A complete list begins: everything from here to on_synced is its content.
  std::function<void()> on_list_begin = {};
  // The list is complete as of this version. Again after every new list.
  std::function<void(const std::string& resource_version)> on_synced = {};
  // The stream failed; it will be tried again. kKindNotServed when the resource is gone.
  // kHistoryWentBack when a list is older than what was seen before: nothing that is remembered of
  // the cluster can be trusted. (A loss of fewer versions than the server writes when it starts, a
  // dozen, cannot be seen by this.)
  std::function<void(const Error&)> on_error = {};
};

// Versions are numbers that grow (Kubernetes 1.35). 0 where one is not.
[[nodiscard]] uint64_t version_number(std::string_view resource_version);

class Watch {
 public:
  Watch(ClusterClient& client, WatchOptions options, WatchCallbacks callbacks);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  [[nodiscard]] bool synced() const;

 private:
  class Stream;
  std::shared_ptr<Stream> stream_;
};

}  // namespace plumb
