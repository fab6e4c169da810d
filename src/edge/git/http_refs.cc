#include "edge/git/http_refs.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include "base/text.h"

namespace plumb {
namespace {

constexpr size_t kMaxBody = 64 << 20;
constexpr int kMaxRedirects = 3;
constexpr long kConnectMs = 10'000;
// Hosts tell Git from browsers by the first word.
constexpr const char* kAgent = "git/2.39 (plumb)";
constexpr const char* kService = "/info/refs?service=git-upload-pack";

// libcurl's own global state.
void ensure_curl() {
  static const CURLcode kDone = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(kDone);
}

size_t collect(char* data, size_t size, size_t count, void* target) {
  auto* body = static_cast<std::string*>(target);
  if (body->size() + size * count > kMaxBody) return 0;  // ends the transfer: CURLE_WRITE_ERROR
  body->append(data, size * count);
  return size * count;
}

using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

HeaderList header_list(const std::vector<std::string>& lines) {
  curl_slist* list = nullptr;
  for (const std::string& line : lines) list = curl_slist_append(list, line.c_str());
  return {list, curl_slist_free_all};
}

// "https://host:port" of a URL.
std::string origin_of(const std::string& url) {
  const size_t host = url.find("://");
  if (host == std::string::npos) return "";
  return to_lower(url.substr(0, url.find_first_of("/?#", host + 3)));
}

}  // namespace

struct HttpRefs::Connection {
  Connection() {
    ensure_curl();
    easy = curl_easy_init();
    multi = curl_multi_init();
  }
  ~Connection() {
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs the prepared transfer; the deadline is an option of it. CURLE_ABORTED_BY_CALLBACK when
  // stopped.
  CURLcode run(std::stop_token stop) {
    curl_multi_add_handle(multi, easy);
    const std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi); });
    CURLcode code = CURLE_ABORTED_BY_CALLBACK;
    int running = 1;
    while (running > 0 && !stop.stop_requested()) {
      if (curl_multi_perform(multi, &running) != CURLM_OK) break;
      if (running > 0) curl_multi_poll(multi, nullptr, 0, 1000, nullptr);
    }
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg == CURLMSG_DONE) code = message->data.result;
    }
    curl_multi_remove_handle(multi, easy);
    return code;
  }

  CURL* easy = nullptr;
  CURLM* multi = nullptr;
};

// One request: what is asked, by whom and until when.
struct HttpRefs::Exchange {
  std::string url;
  std::string body;  // "" for GET
  const GitCredentials& credentials;
  const Deadline& deadline;
  std::stop_token stop;

  [[nodiscard]] Exchange get(std::string to) const {
    return {std::move(to), "", credentials, deadline, stop};
  }
  [[nodiscard]] Exchange post(std::string to, std::string what) const {
    return {std::move(to), std::move(what), credentials, deadline, stop};
  }
};

struct HttpRefs::Answer {
  long status = 0;
  std::string content_type;
  std::string location;  // absolute, of a redirect
  std::string body;
};

HttpRefs::HttpRefs(GitUrl url)
    : url_(std::move(url)), base_(url_.text), connection_(std::make_unique<Connection>()) {}

HttpRefs::~HttpRefs() = default;

Error HttpRefs::transport_error(int code, const std::string& detail,
                                const Exchange& exchange) const {
  if (exchange.stop.stop_requested()) return Error(kCancelled, "cancelled", Retry::transient);
  const bool late = exchange.deadline.remaining().count() <= 10;
  if (code == CURLE_OPERATION_TIMEDOUT && late) {
    return Error(kFetchTimeout, url_.text + " did not answer in time", Retry::transient)
        .with_help("raise spec.timeout if the repository is large or far away");
  }
  if (code == CURLE_PEER_FAILED_VERIFICATION) {
    return Error(kCertificateUntrusted,
                 "the certificate of " + url_.host + " is not trusted: " + detail, Retry::denied)
        .with_help("put the certificate authority into ca.crt of the Secret");
  }
  if (code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_CERTPROBLEM) {
    return Error(kBadCredentials, "ca.crt of the Secret for " + url_.text + " cannot be read",
                 Retry::denied)
        .with_help("ca.crt holds one or more certificates in PEM form");
  }
  if (code == CURLE_WRITE_ERROR) {
    return Error(kBadGitResponse,
                 url_.text + " answers with more than " + std::to_string(kMaxBody) + " bytes",
                 Retry::transient);
  }
  return Error(kRepositoryUnreachable, "cannot reach " + url_.text + ": " + detail,
               Retry::transient);
}

Result<HttpRefs::Answer> HttpRefs::request(const Exchange& exchange) const {
  CURL* easy = connection_->easy;
  curl_easy_reset(easy);
  Answer answer;
  std::vector<std::string> lines = {"Git-Protocol: version=2"};
  if (std::string line = authorization_header(exchange.credentials); !line.empty()) {
    lines.push_back(std::move(line));
  }
  if (!exchange.body.empty()) {
    lines.emplace_back("Content-Type: application/x-git-upload-pack-request");
    lines.emplace_back("Accept: application/x-git-upload-pack-result");
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(exchange.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, exchange.body.c_str());
  }
  const HeaderList headers = header_list(lines);
  char detail[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(easy, CURLOPT_URL, exchange.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, to_string(url_.transport));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy, CURLOPT_USERAGENT, kAgent);
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, detail);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, collect);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer.body);
  const long remaining =
      std::clamp<long>(static_cast<long>(exchange.deadline.remaining().count()), 1, 86'400'000);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, remaining);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, std::min(remaining, kConnectMs));
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (std::string ca = exchange.credentials.ca_pem; !ca.empty()) {
    curl_blob blob{ca.data(), ca.size(), CURL_BLOB_COPY};
    curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);  // no other authority
  }
  const CURLcode code = connection_->run(exchange.stop);
  if (code != CURLE_OK) {
    const std::string text = detail[0] != '\0' ? detail : curl_easy_strerror(code);
    return transport_error(code, scrub(text, exchange.credentials), exchange);
  }
  const char* type = nullptr;
  const char* location = nullptr;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer.status);
  curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
  curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &location);
  if (type != nullptr) answer.content_type = type;
  if (location != nullptr) answer.location = location;
  return answer;
}

Result<void> HttpRefs::check_status(const Answer& answer, const Exchange& exchange) const {
  const std::string number = std::to_string(answer.status);
  if (answer.status == 401 || answer.status == 403) {
    const bool anonymous = authorization_header(exchange.credentials).empty();
    return Error(kAuthFailed,
                 url_.text + (anonymous ? " asks for credentials" : " refuses the credentials") +
                     " (HTTP " + number + ")",
                 Retry::denied)
        .with_help("check username and password, or bearerToken, in the Secret");
  }
  if (answer.status == 404 || answer.status == 410) {
    return Error(kRepositoryNotFound,
                 "there is no repository at " + url_.text + " (HTTP " + number + ")")
        .with_help("check spec.url, and that the credentials may read it");
  }
  if (answer.status == 429 || answer.status >= 500) {
    return Error(kRepositoryUnreachable, url_.text + " answers HTTP " + number, Retry::transient);
  }
  const char* wanted = exchange.body.empty() ? "application/x-git-upload-pack-advertisement"
                                             : "application/x-git-upload-pack-result";
  if (answer.status != 200 || !answer.content_type.starts_with(wanted)) {
    return Error(kBadGitResponse,
                 url_.text + " does not answer as a Git server does: HTTP " + number + ", " +
                     escape_terminal(answer.content_type.empty() ? "no content type"
                                                                 : answer.content_type),
                 Retry::transient)
        .with_help("check spec.url, and whether a proxy or login page stands before it");
  }
  return {};
}

Result<Advertisement> HttpRefs::advertisement(const Exchange& how) {
  std::string base = url_.text;
  for (int redirects = 0;; ++redirects) {
    const Exchange exchange = how.get(base + kService);
    const Answer answer = TRY(request(exchange));
    if (answer.status < 300 || answer.status >= 400 || answer.location.empty()) {
      TRY(check_status(answer, exchange));
      base_ = base;
      return parse_advertisement(answer.body);
    }
    const std::string& to = answer.location;
    if (origin_of(to) != origin_of(url_.text) || !to.ends_with(kService) ||
        without_userinfo(to) != to || redirects == kMaxRedirects) {
      return Error(kRedirectRefused,
                   url_.text + " redirects to " + scrub(to, how.credentials).substr(0, 200))
          .with_help("if that is where the repository lives now, write it into spec.url");
    }
    base = to.substr(0, to.size() - std::string_view(kService).size());
  }
}

Result<std::vector<RemoteRef>> HttpRefs::ls_refs(const Exchange& how,
                                                 const std::vector<std::string>& prefixes) {
  const Exchange exchange = how.post(base_ + "/git-upload-pack", ls_refs_request(prefixes));
  const Answer answer = TRY(request(exchange));
  TRY(check_status(answer, exchange));
  return parse_ls_refs(answer.body);
}

Result<std::vector<RemoteRef>> HttpRefs::query(const std::vector<std::string>& prefixes,
                                               const GitCredentials& credentials,
                                               const Deadline& deadline, std::stop_token stop) {
  const Exchange how{"", "", credentials, deadline, std::move(stop)};
  if (speaks_v2_) {
    Result<std::vector<RemoteRef>> refs = ls_refs(how, prefixes);
    if (refs) return refs;
    speaks_v2_ = false;
    // The server may have moved or been replaced: begin anew. Other failures would repeat.
    const ErrorCode code = refs.error().code();
    if (code != kBadGitResponse && code != kRepositoryNotFound) return refs;
  }
  Advertisement first = TRY(advertisement(how));
  if (!first.speaks_v2) return std::move(first.refs);
  std::vector<RemoteRef> refs = TRY(ls_refs(how, prefixes));
  speaks_v2_ = true;
  return refs;
}

}  // namespace plumb
