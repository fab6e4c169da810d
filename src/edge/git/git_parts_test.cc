// The pure parts: URLs, pkt-lines, refs, the choice of a ref, objects, credentials.
#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/text.h"
#include "edge/git/git_objects.h"
#include "edge/git/git_secrets.h"
#include "edge/git/git_url.h"
#include "edge/git/guarded_git.h"
#include "edge/git/pkt_line.h"
#include "edge/git/ref_choice.h"
#include "edge/git/remote_refs.h"

namespace plumb {
namespace {

const std::string kOne(40, '1');
const std::string kTwo(40, '2');

std::string normalised(const std::string& url, const GitOptions& options = {}) {
  const Result<std::string> text = normalised_git_url(url, options);
  return text ? *text : text.error().code().name;
}

TEST(GitUrl, IsNormalised) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"https://Git.Example.com/Org/repo.git", "https://git.example.com/Org/repo.git"},
      {"HTTPS://git.example.com:443/a/b/", "https://git.example.com/a/b"},
      {"https://git.example.com:8443/a", "https://git.example.com:8443/a"},
      {"ssh://git@host/org/repo", "ssh://git@host/org/repo"},
      {"ssh://git@host:22/org/repo", "ssh://git@host/org/repo"},
      {"ssh://git@host:2222/org/repo", "ssh://git@host:2222/org/repo"},
      {"git@host:org/repo", "ssh://git@host/org/repo"},
      {"git@host:/org/repo.git", "ssh://git@host/org/repo.git"},
      {"https://[::1]:8443/a", "https://[::1]:8443/a"},
  };
  for (const auto& [url, want] : cases) EXPECT_EQ(normalised(url), want) << url;
}

TEST(GitUrl, RefusesWhatCouldBeAnOptionACommandOrASecret) {
  for (const char* url : {"",
                          "repo",
                          "/srv/repo",
                          "http://host/a",
                          "file:///srv/repo",
                          "git://host/a",
                          "ext::sh -c evil",
                          "https://user:tok@host/a",
                          "https://tok@host/a",
                          "ssh://u:p@host/a",
                          "ssh://-oProxyCommand=x/a",
                          "-u@host:a",
                          "git@-host:a",
                          "https://-host/a",
                          "https://host",
                          "https://host/",
                          "https://host/a b",
                          "https://host/a\nb",
                          "https://host/a?x=1",
                          "https://host/a#b",
                          "https://host:0/a",
                          "https://host:99999/a",
                          "https://host:/a",
                          "https://host/../a",
                          "https://host/--x",
                          "https://ho$t/a",
                          "ssh://git@host/a'b",
                          "https:///a",
                          "https://[::1/a",
                          "https://[::1]x/a",
                          "https://host/a\xC3\xA9"}) {
    EXPECT_EQ(normalised(url), "BadGitUrl") << url;
  }
  const Result<std::string> secret = normalised_git_url("https://user:tok-tok@host/a");
  EXPECT_EQ(secret.error().render().find("tok-tok"), std::string::npos);
  EXPECT_NE(secret.error().help().find("Secret"), std::string::npos);
}

TEST(GitUrl, OptionsAllowMore) {
  EXPECT_EQ(normalised("http://host:80/a", {.allow_http = true, .allow_file = false}),
            "http://host/a");
  EXPECT_EQ(normalised("file:///srv/a/", {.allow_http = false, .allow_file = true}),
            "file:///srv/a");
  EXPECT_EQ(normalised("file://host/a", {.allow_http = false, .allow_file = true}), "BadGitUrl");
}

TEST(PktLine, ReadsLinesAndMarks) {
  PktReader lines("0006a\n0001000200000009hello");
  EXPECT_EQ((*lines.next())->payload, "a");
  EXPECT_EQ((*lines.next())->kind, PktLine::Kind::delimiter);
  EXPECT_EQ((*lines.next())->kind, PktLine::Kind::response_end);
  EXPECT_EQ((*lines.next())->kind, PktLine::Kind::flush);
  EXPECT_EQ((*lines.next())->payload, "hello");
  EXPECT_FALSE(lines.next()->has_value());
  EXPECT_EQ(pkt_line("a"), "0006a\n");
}

TEST(PktLine, MalformedBytesAreErrors) {
  for (const char* bytes : {"000", "00zz", "0003", "0009abc", "ffffa", "000dERR no\n\n"}) {
    PktReader lines(bytes);
    EXPECT_FALSE(lines.next()) << bytes;
  }
}

TEST(RemoteRefs, OfVersion2) {
  const std::string body = pkt_line(kOne + " HEAD symref-target:refs/heads/main") +
                           pkt_line(kOne + " refs/heads/main") +
                           pkt_line(kTwo + " refs/tags/v1 peeled:" + kOne) + "0000";
  const Result<std::vector<RemoteRef>> refs = parse_ls_refs(body);
  ASSERT_TRUE(refs) << refs.error().render();
  ASSERT_EQ(refs->size(), 3u);
  EXPECT_EQ((*refs)[0].links_to->str(), "refs/heads/main");
  EXPECT_EQ((*refs)[2].id.str(), kTwo);
  EXPECT_EQ((*refs)[2].peeled->str(), kOne);
  EXPECT_FALSE(parse_ls_refs(body.substr(0, body.size() - 4))) << "cut";
  EXPECT_FALSE(parse_ls_refs(pkt_line("xyz refs/heads/main") + "0000"));
  EXPECT_EQ(parse_ls_refs(pkt_line(std::string(64, 'a') + " HEAD") + "0000").error().code(),
            kUnsupportedObjects);
}

TEST(RemoteRefs, OfVersion0) {
  const std::string body =
      pkt_line("# service=git-upload-pack") + "0000" +
      pkt_line(kOne + " HEAD" + std::string(1, '\0') + "multi_ack symref=HEAD:refs/heads/main") +
      pkt_line(kOne + " refs/heads/main") + pkt_line(kTwo + " refs/tags/v1") +
      pkt_line(kOne + " refs/tags/v1^{}") + "0000";
  const Result<Advertisement> told = parse_advertisement(body);
  ASSERT_TRUE(told) << told.error().render();
  EXPECT_FALSE(told->speaks_v2);
  ASSERT_EQ(told->refs.size(), 3u);
  EXPECT_EQ(told->refs[0].links_to->str(), "refs/heads/main");
  EXPECT_EQ(told->refs[2].peeled->str(), kOne);
  const Result<Advertisement> empty = parse_advertisement(
      pkt_line("# service=git-upload-pack") + "0000" +
      pkt_line(std::string(40, '0') + " capabilities^{}" + std::string(1, '\0') + "x") + "0000");
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->refs.empty());
}

TEST(RemoteRefs, TheFirstAnswerOfVersion2) {
  const std::string head = pkt_line("# service=git-upload-pack") + "0000" + pkt_line("version 2");
  EXPECT_TRUE(parse_advertisement(head + pkt_line("ls-refs=unborn") + "0000")->speaks_v2);
  EXPECT_FALSE(parse_advertisement(head + "0000"));
  EXPECT_EQ(parse_advertisement(head + pkt_line("object-format=sha256") + "0000").error().code(),
            kUnsupportedObjects);
}

TEST(RefChoice, CommitBeforeNameBeforeSemverBeforeTagBeforeBranch) {
  RefSelector selector;
  EXPECT_EQ(*ref_prefixes(selector), std::vector<std::string>{"HEAD"});
  selector.branch = "main";
  EXPECT_EQ(*ref_prefixes(selector), std::vector<std::string>{"refs/heads/main"});
  selector.tag = "v1";
  EXPECT_EQ(*ref_prefixes(selector), std::vector<std::string>{"refs/tags/v1"});
  selector.semver = "^1.0.0";
  EXPECT_EQ(*ref_prefixes(selector), std::vector<std::string>{"refs/tags/"});
  selector.name = "refs/notes/x";
  EXPECT_EQ(*ref_prefixes(selector), std::vector<std::string>{"refs/notes/x"});
  selector.commit = kOne;  // reachable from the branch
  EXPECT_EQ(*ref_prefixes(selector), std::vector<std::string>{"refs/heads/main"});
}

TEST(RefChoice, APrefixOfANameIsAnotherName) {
  RefSelector selector;
  selector.branch = "main";
  const std::vector<RemoteRef> refs = {
      {RefName("refs/heads/main2"), ObjectId(kOne), std::nullopt, std::nullopt}};
  EXPECT_EQ(choose_ref(selector, refs).error().code(), kRefNotFound);
}

TEST(RefChoice, NearNamesAreTen) {
  RefSelector selector;
  selector.branch = "mian";
  std::vector<RemoteRef> refs;
  for (int i = 0; i < 30; ++i) {
    refs.push_back({RefName("refs/heads/b" + std::to_string(i)), ObjectId(kOne), {}, {}});
  }
  refs.push_back({RefName("refs/heads/main"), ObjectId(kOne), {}, {}});
  const Error error = ref_not_found(selector, "https://host/a", refs);
  EXPECT_TRUE(error.help().starts_with("it has the branches main")) << error.help();
  EXPECT_LE(split(error.help(), ',').size(), 10u);
}

TEST(GitObjects, ACommit) {
  const std::string text = "tree " + kOne + "\nparent " + kTwo +
                           "\nauthor A <a@b> 1700000000 +0100\ncommitter C <c@d> 1700000001 +0000"
                           "\ngpgsig -----BEGIN\n parent " +
                           kOne + "\n -----END\n\n\nSubject\n\nBody\n";
  const Result<CommitText> commit = parse_commit(text);
  ASSERT_TRUE(commit);
  EXPECT_EQ(commit->tree.str(), kOne);
  ASSERT_EQ(commit->parents.size(), 1u) << "a signature's lines are no headers";
  EXPECT_EQ(commit->author, "A <a@b>");
  EXPECT_EQ(commit->subject, "Subject");
  EXPECT_EQ(format_rfc3339(commit->committed_at), "2023-11-14T22:13:21Z");
  EXPECT_FALSE(parse_commit("author A <a@b> 1 +0000\n\nx"));
  EXPECT_TRUE(parse_commit("tree " + kOne + "\ncommitter C <c@d> 99999999999999999999 +0\n"));
}

TEST(GitObjects, ATreeWithEntriesNoTreeMayHave) {
  const auto entry = [](const std::string& mode, const std::string& name) {
    return mode + " " + name + std::string(1, '\0') + std::string(20, '\x11');
  };
  ASSERT_TRUE(parse_tree(entry("100644", "b") + entry("40000", "a")));
  EXPECT_EQ((*parse_tree(entry("100644", "b") + entry("40000", "a")))[0].name, "a");
  for (const char* name : {"", ".", "..", ".git", ".GIT", "a/b"}) {
    EXPECT_FALSE(parse_tree(entry("100644", name))) << name;
  }
  EXPECT_FALSE(parse_tree(entry("100644", "a") + entry("40000", "a"))) << "twice";
  EXPECT_FALSE(parse_tree(entry("777", "a")));
  EXPECT_FALSE(parse_tree(entry("100644", "a").substr(0, 20)));
}

TEST(GitSecrets, AreScrubbed) {
  GitCredentials credentials;
  credentials.username = "ann";
  credentials.password = "hunter22";
  const std::string basic = base64_encode("ann:hunter22");
  const std::string text = scrub("at https://ann:hunter22@host/x: hunter22 and " + basic +
                                     "\x1b[31m, ssh://git@host and https://other:tok@x/y",
                                 credentials);
  EXPECT_EQ(text.find("hunter22"), std::string::npos) << text;
  EXPECT_EQ(text.find(basic), std::string::npos) << text;
  EXPECT_EQ(text.find("tok"), std::string::npos) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
}

TEST(GitSecrets, SshNeedsAKeyAndKnownHosts) {
  const GitUrl url = *GitUrl::parse("git@host:a/b", {});
  GitCredentials credentials;
  credentials.ssh_identity = "-----BEGIN PRIVATE KEY-----\r\nAAAA\r\n-----END PRIVATE KEY-----";
  EXPECT_EQ(checked(credentials, url).error().code(), kHostKeyUnknown);
  credentials.known_hosts = "host ssh-ed25519 AAAA";
  EXPECT_EQ(checked(credentials, url)->ssh_identity,
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
  credentials.ssh_identity = "";
  EXPECT_EQ(checked(credentials, url).error().code(), kBadCredentials);
}

TEST(GitFailure, WordsOfGitBecomeReasons) {
  const GitUrl https = *GitUrl::parse("https://host/a", {});
  const GitUrl ssh = *GitUrl::parse("git@host:a", {});
  const std::vector<std::tuple<GitUrl, std::string, ErrorCode>> cases = {
      {https, "fatal: Authentication failed for 'https://host/a'", kAuthFailed},
      {https, "fatal: unable to access 'https://host/a/': The requested URL returned error: 503",
       kRepositoryUnreachable},
      {https, "fatal: unable to access 'x': Could not resolve host: host", kRepositoryUnreachable},
      {https, "fatal: unable to access 'x': SSL certificate problem: self-signed certificate",
       kCertificateUntrusted},
      {https, "fatal: early EOF\nfatal: fetch-pack: invalid index-pack output", kCorruptPack},
      {https,
       "fatal: did not receive expected object 111\nfatal: fetch-pack: invalid index-pack output",
       kCorruptStore},
      {https, "remote: Repository not found.", kRepositoryNotFound},
      {https, "fatal: remote error: upload-pack: not our ref 111", kFetchFailed},
      {https, "error: object file /cache/1/objects/ab/cd is empty", kCorruptStore},
      {https, "fatal: bad object refs/plumb/0123", kCorruptStore},
      {ssh, "Host key verification failed.\nfatal: Could not read from remote repository.",
       kHostKeyUnknown},
      {ssh, "git@host: Permission denied (publickey).", kAuthFailed},
      {ssh, "ssh: connect to host host port 22: Connection refused", kRepositoryUnreachable},
  };
  for (const auto& [url, text, code] : cases) {
    EXPECT_EQ(git_failure(text, url, "/cache/1").code(), code) << text;
  }
}

}  // namespace
}  // namespace plumb
