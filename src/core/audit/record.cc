#include "core/audit/record.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "lang/json/json.h"

namespace plumb::audit {
namespace {

constexpr std::string_view kDomain = "plumb-ledger@v1\n";  // no hash of other texts is one of ours
constexpr uint64_t kMaxLineBytes = 8 << 20;
constexpr std::array kVerdicts = {Verdict::accepted, Verdict::refused, Verdict::applied,
                                  Verdict::healed,   Verdict::failed,  Verdict::deleted,
                                  Verdict::doubted};

Error bad(const std::string& why) {
  return Error(kBadRecord, why, Retry::permanent);
}

void set_if(Value& out, std::string_view name, const std::string& text) {
  if (!text.empty()) out.set(name, text);
}

template <class T, class F>
void set_list(Value& out, std::string_view name, const std::vector<T>& items, F to) {
  if (items.empty()) return;
  List list;
  for (const T& item : items) list.push_back(to(item));
  out.set(name, Value(std::move(list)));
}

Value text_value(const std::string& text) {
  return text;
}

Value grant_value(const Grant& grant) {
  Value out = Value::map({{"rule", grant.rule}});
  set_list(out, "approvers", grant.approvers, text_value);
  return out;
}

Value commit_value(const CommitRecord& one) {
  Value out = Value::map({{"commit", one.commit.str()}});
  set_if(out, "signer", one.signer);
  set_list(out, "rules", one.grants, grant_value);
  return out;
}

Value object_value(const ObjectRecord& one) {
  Value out = Value::map({{"id", one.key.id()}, {"action", one.action}});
  set_if(out, "reason", one.reason);
  set_list(out, "fields", one.fields, text_value);
  set_if(out, "detail", one.detail);
  return out;
}

// The members of a list, each read by `read`; nothing where the field is absent.
template <class F>
auto list_at(const Value& value, std::string_view name, F read) {
  std::vector<decltype(read(value))> out;
  const Value* field = value.find(name);
  if (field == nullptr || !field->is_list()) return out;
  for (const Value& item : *field->as_list()) out.push_back(read(item));
  return out;
}

std::string text_of(const Value& value) {
  return value.is_string() ? *value.as_string() : "";
}

Grant grant_of(const Value& value) {
  return {value.string_at({"rule"}), list_at(value, "approvers", text_of)};
}

CommitRecord commit_of(const Value& value) {
  return {CommitId(value.string_at({"commit"})), value.string_at({"signer"}),
          list_at(value, "rules", grant_of)};
}

ObjectRecord object_of(const Value& value) {
  return {parse_object_id(value.string_at({"id"})).value_or(ObjectKey{}),
          value.string_at({"action"}), value.string_at({"reason"}),
          list_at(value, "fields", text_of), value.string_at({"detail"})};
}

Result<Entry> entry_of(const Value& value) {
  Entry out;
  const std::string word = value.string_at({"verdict"});
  const auto* verdict = std::find_if(kVerdicts.begin(), kVerdicts.end(),
                                     [&](Verdict one) { return word == to_string(one); });
  if (verdict == kVerdicts.end()) return bad("its verdict is not known");
  out.verdict = *verdict;
  const std::optional<WallTime> time = parse_rfc3339(value.string_at({"time"}));
  if (!time) return bad("its time is none");
  out.time = *time;
  out.app = value.string_at({"app"});
  out.repository = value.string_at({"repository"});
  out.url = value.string_at({"url"});
  out.ref = value.string_at({"ref"});
  out.commit = value.string_at({"commit"});
  out.tag = value.string_at({"tag"});
  out.from = value.string_at({"from"});
  out.author = value.string_at({"author"});
  out.signer = value.string_at({"signer"});
  out.grants = list_at(value, "rules", grant_of);
  out.policy = value.string_at({"policy"});
  out.commits = list_at(value, "commits", commit_of);
  out.objects = list_at(value, "objects", object_of);
  out.more = value.integer_at({"more"}).value_or(0);
  out.health = value.string_at({"health"});
  out.reason = value.string_at({"reason"});
  out.message = value.string_at({"message"});
  return out;
}

Digest hash_of(const Value& record) {
  return sha256(std::string(kDomain) + json::write(record));
}

}  // namespace

const char* to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::accepted:
      return "accepted";
    case Verdict::refused:
      return "refused";
    case Verdict::applied:
      return "applied";
    case Verdict::healed:
      return "healed";
    case Verdict::failed:
      return "failed";
    case Verdict::deleted:
      return "deleted";
    case Verdict::doubted:
      return "doubted";
  }
  return "";
}

Value to_value(const Entry& entry) {
  Value out =
      Value::map({{"time", format_rfc3339(entry.time)}, {"verdict", to_string(entry.verdict)}});
  set_if(out, "app", entry.app);
  set_if(out, "repository", entry.repository);
  set_if(out, "url", entry.url);
  set_if(out, "ref", entry.ref);
  set_if(out, "commit", entry.commit);
  set_if(out, "tag", entry.tag);
  set_if(out, "from", entry.from);
  set_if(out, "author", shorten(entry.author, kMaxMessage));
  set_if(out, "signer", entry.signer);
  set_list(out, "rules", entry.grants, grant_value);
  set_if(out, "policy", entry.policy);
  set_list(out, "commits", entry.commits, commit_value);
  set_list(out, "objects", entry.objects, object_value);
  if (entry.more > 0) out.set("more", entry.more);
  set_if(out, "health", entry.health);
  set_if(out, "reason", entry.reason);
  set_if(out, "message", shorten(entry.message, kMaxMessage));
  return out;
}

std::string to_string(const Head& head) {
  return std::to_string(head.number) + ":" + head.hash.hex();
}

Result<Head> parse_head(std::string_view text) {
  Head out;
  const size_t colon = text.find(':');
  const std::string_view number = text.substr(0, colon);
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), out.number);
  const std::optional<Digest> hash =
      colon == std::string_view::npos ? std::nullopt : Digest::from_hex(text.substr(colon + 1));
  if (error != std::errc() || end != number.data() + number.size() || !hash) {
    return bad("\"" + escape_terminal(shorten(std::string(text))) +
               "\" is no head of a ledger, as 41:9f86d081…");
  }
  out.hash = *hash;
  return out;
}

Sealed seal(const Head& head, const Entry& entry) {
  Value record = Value::map({{"entry", to_value(entry)},
                             {"previous", head.hash.hex()},
                             {"record", static_cast<int64_t>(head.number + 1)}});
  // Text of others need not be UTF-8: the hash is of what a reader gets.
  if (Result<Value> read = json::parse(json::write(record)); read) record = *std::move(read);
  const Digest hash = hash_of(record);
  record.set("hash", hash.hex());
  return {json::write(record), {head.number + 1, hash}};
}

Result<Record> read_record(std::string_view line) {
  if (line.size() > kMaxLineBytes) return bad("it is larger than 8 MiB");
  Result<Value> parsed = json::parse(line);
  if (!parsed) return bad("it is no JSON: " + parsed.error().message());
  Record out;
  const std::optional<int64_t> number = parsed->integer_at({"record"});
  const std::optional<Digest> previous = Digest::from_hex(parsed->string_at({"previous"}));
  const std::optional<Digest> hash = Digest::from_hex(parsed->string_at({"hash"}));
  const Value* entry = parsed->find("entry");
  if (!number || *number < 1 || !previous || !hash || entry == nullptr) {
    return bad("it lacks its number, its hash, that of the record before, or its entry");
  }
  // What is read is what stands there, to the byte: else a change could hide in how it is written.
  // Fields that a later version added are under the hash, too.
  if (json::write(*parsed) != line) return bad("it is not written as a record is");
  Value hashed = *parsed;
  hashed.erase("hash");
  if (hash_of(hashed) != *hash) return bad("its hash is not that of its content");
  out.number = static_cast<uint64_t>(*number);
  out.previous = *previous;
  out.hash = *hash;
  out.entry = TRY(entry_of(*entry));
  return out;
}

}  // namespace plumb::audit
