#include "control/publish.h"

#include <atomic>

#include "base/digest.h"
#include "core/status/status_json.h"
#include "edge/cluster/live_records.h"

namespace plumb {
namespace {

constexpr size_t kMaxEventMessage = 1000;  // the API's limit is 1024

// Cut between characters, not within one.
std::string event_message(std::string text) {
  if (text.size() <= kMaxEventMessage) return text;
  size_t end = kMaxEventMessage;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text;
}

Value reference(const ObjectKey& key, const std::string& uid, const std::string& api_version) {
  Value out = Value::map({{"kind", key.kind}, {"name", key.name}, {"apiVersion", api_version}});
  if (!key.namespace_.empty()) out.set("namespace", key.namespace_);
  if (!uid.empty()) out.set("uid", uid);
  return out;
}

}  // namespace

ObjectKey object_key(const AppKey& key) {
  return {kApiGroup, "App", key.namespace_, key.name};
}
ObjectKey object_key(const RepositoryKey& key) {
  return {kApiGroup, "Repository", key.namespace_, key.name};
}

Result<uint64_t> publish_status(World& world, const ApiResource& resource, const ObjectKey& key,
                                const PublishedStatus& before, const Value& status) {
  const Value patch = before.patch_to(status);
  if (patch.as_map()->empty()) return uint64_t{0};
  world.counters.status_writes++;
  return version_of(TRY(world.client.patch_status(resource, key, Value::map({{"status", patch}}),
                                                  Deadline::in(std::chrono::seconds(30)))));
}

bool report_refusal(World& world, const ApiResource& resource, const ObjectKey& key) {
  const std::optional<RefusedResource> refused = world.registry.refused(key);
  if (!refused) return false;
  const Value status =
      refused_status(refused->status, refused->generation, refused->error, world.clock.wall());
  const Result<uint64_t> published =
      publish_status(world, resource, key, PublishedStatus(refused->status), status);
  if (!published && published.error().code() != kObjectNotFound) {
    world.log.warn("status not written",
                   {{"object", key.display()}, {"error", published.error().summary()}});
  }
  return true;
}

void record_events(World& world, const ObjectKey& about, const std::string& uid,
                   const std::vector<Notice>& notices) {
  static const ApiResource kEvents{{"", "v1", "Event"}, "events", true};
  const std::string api_version = std::string(kApiGroup) + "/" + kApiVersion;
  for (const Notice& notice : notices) {
    const std::string now = format_rfc3339(world.clock.wall());
    const uint64_t number = world.counters.events++;
    // The name only has to be unique: what the event says, and when this process said it.
    const std::string name = about.name + "." +
                             fingerprint(about.id() + notice.reason + notice.message +
                                         world.controller_id + std::to_string(number) + now)
                                 .hex()
                                 .substr(0, 16);
    Value event = Value::map({
        {"apiVersion", "v1"},
        {"kind", "Event"},
        {"metadata", Value::map({{"name", name}, {"namespace", about.namespace_}})},
        {"involvedObject", reference(about, uid, api_version)},
        {"type", notice.warning ? "Warning" : "Normal"},
        {"reason", notice.reason},
        {"message", event_message(notice.message)},
        {"source", Value::map({{"component", "plumb"}})},
        {"firstTimestamp", now},
        {"lastTimestamp", now},
        {"count", 1},
    });
    if (notice.object) event.set("related", reference(*notice.object, "", ""));
    const Result<Value> written =
        world.client.create(kEvents, {"", "Event", about.namespace_, name}, event,
                            Deadline::in(std::chrono::seconds(10)));
    if (!written) {
      world.log.warn("event not recorded",
                     {{"object", about.display()}, {"error", written.error().summary()}});
    }
  }
}

}  // namespace plumb
