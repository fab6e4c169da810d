#include "model/kept_status.h"

#include <utility>

#include "base/deflate.h"
#include "base/packed_text.h"

namespace plumb {
namespace {

void append_texts(std::string& out, const std::vector<std::string>& texts) {
  append_number(out, static_cast<int64_t>(texts.size()));
  for (const std::string& text : texts) append_text(out, text);
}

std::vector<std::string> read_texts(PackedReader& in) {
  std::vector<std::string> out(static_cast<size_t>(in.number()));
  for (std::string& text : out) text = in.string();
  return out;
}

// A member that is new in HistoryEntry has to be kept, too.
void append_entry(std::string& out, const HistoryEntry& entry) {
  append_text(out, entry.revision);
  append_text(out, entry.author);
  append_text(out, entry.subject);
  append_text(out, entry.signer);
  append_number(out, static_cast<int64_t>(entry.grants.size()));
  for (const Grant& grant : entry.grants) {
    append_text(out, grant.rule);
    append_texts(out, grant.approvers);
  }
  append_number(out, entry.applied_at.time_since_epoch().count());
  append_number(out, entry.duration_ms);
  append_number(out, entry.changed);
  append_number(out, entry.pruned);
  append_texts(out, entry.objects);
  append_text(out, entry.health);
  append_text(out, entry.manifests);
}

HistoryEntry read_entry(PackedReader& in) {
  HistoryEntry out;
  out.revision = in.string();
  out.author = in.string();
  out.subject = in.string();
  out.signer = in.string();
  out.grants.resize(static_cast<size_t>(in.number()));
  for (Grant& grant : out.grants) {
    grant.rule = in.string();
    grant.approvers = read_texts(in);
  }
  out.applied_at = WallTime(WallTime::duration(in.number()));
  out.duration_ms = in.number();
  out.changed = static_cast<int>(in.number());
  out.pruned = static_cast<int>(in.number());
  out.objects = read_texts(in);
  out.health = in.string();
  out.manifests = in.string();
  return out;
}

}  // namespace

KeptStatus::KeptStatus(AppStatus status) : brief_(std::move(status)) {
  brief_.inventory = {};
  const std::vector<HistoryEntry> history = std::exchange(brief_.history, {});
  if (history.empty()) return;
  std::string text;
  for (const HistoryEntry& entry : history) append_entry(text, entry);
  unpacked_bytes_ = text.size();
  history_ = deflated(text);
}

AppStatus KeptStatus::whole() const {
  AppStatus out = brief_;
  if (history_.empty()) return out;
  const std::string text = inflated(history_, unpacked_bytes_);
  for (PackedReader in(text); !in.at_end();) out.history.push_back(read_entry(in));
  return out;
}

}  // namespace plumb
