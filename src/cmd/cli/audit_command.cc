// `plumb audit`: is an exported ledger whole, and do the commits bear what it says?
#include "base/text.h"
#include "cmd/cli/cluster_access.h"
#include "cmd/cli/commands.h"
#include "cmd/shared/remote_bases.h"
#include "cmd/shared/trust_parts.h"
#include "cmd/shared/verify.h"
#include "core/audit/commits.h"
#include "edge/cluster/lease.h"
#include "edge/openpgp/openpgp_process.h"

namespace plumb::cli {

namespace {

using audit::ChainReport;
using audit::CommitReport;
using audit::Flaw;

constexpr Duration kTimeout = std::chrono::seconds(15);

Result<std::optional<CommitReport>> check_commits(const AuditCommand& command,
                                                  const ChainReport& chain, std::stop_token stop) {
  if (command.repository.empty()) return std::optional<CommitReport>();
  std::vector<trust::TrustPolicy> policies;
  if (!command.policy.empty()) policies.push_back(TRY(load_policy(command.policy)));
  const std::unique_ptr<LocalRepository> repository =
      TRY(LocalRepository::open(command.repository));
  OpenPgpProcess openpgp(openpgp_program_beside_this());
  std::shared_ptr<const RemoteBases> bases =
      TRY(remote_bases({.allowed = command.remote_bases}, std::move(stop)));
  return std::optional(
      TRY(audit::check_commits(chain.records, {.objects = *repository,
                                               .policies = policies,
                                               .statements = TRY(repository->refs("refs/plumb/")),
                                               .openpgp = &openpgp,
                                               .render = render_folders(std::move(bases))})));
}

std::string text_of(const ChainReport& chain, const std::optional<CommitReport>& commits,
                    const std::vector<Flaw>& flaws, const Style& style) {
  std::string out;
  for (const Flaw& flaw : flaws) {
    std::string line = flaw.message;
    if (flaw.line > 0) {
      line +=
          " (" + (flaw.file.empty() ? "line " : flaw.file + ":") + std::to_string(flaw.line) + ")";
    }
    out += paint(style.glyphs ? "✗" : "flaw:", Tone::bad, style) + " " + safe(line) + "\n";
  }
  out += std::to_string(chain.records.size()) + " records";
  if (!chain.records.empty()) {
    out += ", " + format_rfc3339(chain.records.front().entry.time) + " to " +
           format_rfc3339(chain.records.back().entry.time);
  }
  if (commits) {
    out += "; " + std::to_string(commits->commits) + " commits found, " +
           std::to_string(commits->judged) + " acceptances judged again";
  }
  out += "\nhead " + audit::to_string(chain.head) + "\n";
  return out +
         (flaws.empty() ? paint("whole", Tone::good, style)
                        : paint("not whole", Tone::bad, style)) +
         "\n";
}

Value value_of(const ChainReport& chain, const std::optional<CommitReport>& commits,
               const std::vector<Flaw>& flaws) {
  List list;
  for (const Flaw& flaw : flaws) {
    Value one = Value::map({{"record", static_cast<int64_t>(flaw.record)},
                            {"line", static_cast<int64_t>(flaw.line)},
                            {"kind", to_string(flaw.kind)},
                            {"message", flaw.message}});
    if (!flaw.file.empty()) one.set("file", flaw.file);
    list.push_back(std::move(one));
  }
  Value out = Value::map({{"version", 1},
                          {"whole", flaws.empty()},
                          {"records", static_cast<int64_t>(chain.records.size())},
                          {"head", audit::to_string(chain.head)},
                          {"flaws", Value(std::move(list))}});
  if (commits) {
    out.set("commits", static_cast<int64_t>(commits->commits));
    out.set("judged", static_cast<int64_t>(commits->judged));
  }
  return out;
}

Result<std::vector<std::string>> read_files(const std::vector<std::string>& paths) {
  std::vector<std::string> out;
  for (const std::string& path : paths) out.push_back(TRY(read_text_file(path)));
  return out;
}

Result<int> verify(const Session& session, const AuditCommand& command) {
  if (command.files.empty()) {
    return Error(kUsage, "no ledger is given")
        .with_help("plumb audit verify ledger.jsonl; docs/audit.md says how to export one");
  }
  if (!command.policy.empty() && command.repository.empty()) {
    return Error(kUsage, "--policy without --repo: which commits are to be judged?")
        .with_help("add --repo CLONE");
  }
  audit::ChainExpectation expected;
  expected.first = command.first;
  if (!command.head.empty()) expected.head = TRY(audit::parse_head(command.head));
  const std::vector<std::string> texts = TRY(read_files(command.files));
  std::vector<audit::LedgerFile> files;
  for (size_t i = 0; i < texts.size(); ++i) files.push_back({command.files[i], texts[i]});
  const ChainReport chain = audit::check_chain(files, expected);
  // git and what it fetched go before the program does.
  const Interrupts::Section section(session.interrupts);
  const std::optional<CommitReport> commits = TRY(check_commits(command, chain, section.stop()));
  std::vector<Flaw> flaws = chain.flaws;
  if (commits) flaws.insert(flaws.end(), commits->flaws.begin(), commits->flaws.end());
  if (session.options.output == OutputFormat::table) {
    TRY(session.print(text_of(chain, commits, flaws, session.out)));
  } else {
    TRY(session.print_value(value_of(chain, commits, flaws)));
  }
  return flaws.empty() ? kExitOk : kExitDifferent;
}

// What the operator's Lease says of the ledger's end.
Result<int> head(const Session& session, const AuditCommand& command) {
  const auto client = TRY(connect(session.options, kTimeout));
  const std::string space =
      session.options.namespace_.empty() ? "plumb-system" : session.options.namespace_;
  const Lease lease = TRY(read_lease(*client, {space, command.lease}, Deadline::in(kTimeout)));
  if (lease.ledger_head.empty()) {
    return Error(kAppNotFound, "the Lease " + safe(space) + "/" + safe(command.lease) +
                                   " tells nothing of a ledger")
        .with_help(
            "the operator keeps one with --ledger-dir and --leader-elect; its namespace is "
            "given by -n");
  }
  const audit::Head found = TRY(audit::parse_head(lease.ledger_head));
  if (session.options.output == OutputFormat::table) {
    TRY(session.print(audit::to_string(found) + "\n"));
  } else {
    TRY(session.print_value(Value::map({{"version", 1},
                                        {"record", static_cast<int64_t>(found.number)},
                                        {"hash", found.hash.hex()}})));
  }
  return kExitOk;
}

}  // namespace

Result<int> run(const Session& session, const AuditCommand& command) {
  if (command.action == "verify") return verify(session, command);
  if (command.action == "head") return head(session, command);
  return Error(kUsage, "plumb audit knows no \"" + safe(command.action) + "\"")
      .with_help("plumb audit verify FILE, or plumb audit head");
}

}  // namespace plumb::cli
