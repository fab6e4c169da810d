// `plumb trust heartbeat`: signs that a commit is the tip of its source now, and keeps that at
// refs/plumb/heartbeat, to be pushed. For a job that runs more often than the policy's maxAge.
#include "base/text.h"
#include "cmd/cli/commands.h"
#include "cmd/cli/statement_signer.h"
#include "cmd/shared/trust_parts.h"
#include "core/trust/walk/statements.h"
#include "edge/openpgp/openpgp_process.h"
#include "lang/json/json.h"

namespace plumb::cli {

Result<int> sign_heartbeat(const Session& session, const TrustCommand& command) {
  const trust::TrustPolicy policy = TRY(load_policy(command.policy));
  const std::unique_ptr<LocalRepository> repository =
      TRY(LocalRepository::open(command.repository));
  const trust::PolicySource source = TRY(choose_source(policy, command.ref));
  const trust::Heartbeat heartbeat{
      .repo = source.url,
      .ref = source.ref,
      .tip = TRY(repository->resolve_commit(command.path.empty() ? "HEAD" : command.path)),
      .time = SystemClock().wall()};
  const std::string line = trust::to_text(heartbeat);
  const StatementSigner signer = TRY(statement_signer(*repository, command.key));
  const std::string statement = line + "\n" + TRY(signer.sign(line, trust::kHeartbeatType));
  OpenPgpProcess openpgp(openpgp_program_beside_this());
  // It must count: a key that the policy does not know is better found out here.
  const std::string who =
      TRY(trust::read_heartbeat(statement, policy, {.now = heartbeat.time, .openpgp = &openpgp}))
          .signer;
  // The ref has those of other sources, too; of this one the newest is enough.
  TRY(keep_statements(*repository, kHeartbeatRef, {statement}, [&](const std::string& other) {
    const Result<Value> claim = json::parse(other.substr(0, other.find('\n')));
    return claim && (claim->string_at({"repo"}) != source.url ||
                     claim->string_at({"ref"}) != source.ref.str());
  }));
  TRY(session.print("heartbeat by " + safe(who) + ": " + abbreviated(heartbeat.tip) + " is " +
                    safe(source.ref.str()) + " at " + format_rfc3339(heartbeat.time) +
                    "\npush it: git push origin +" + kHeartbeatRef + "\n"));
  return kExitOk;
}

}  // namespace plumb::cli
