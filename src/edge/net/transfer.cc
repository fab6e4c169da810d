#include "edge/net/transfer.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/text.h"

namespace plumb::net {
namespace {

constexpr long kKeepaliveIdleSeconds = 15;
constexpr long kKeepaliveIntervalSeconds = 5;
constexpr unsigned kUserTimeoutMs = 20'000;  // unacknowledged data for that long: the peer is dead
constexpr long kConnectionMaxIdleSeconds = 600;

using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

std::string url_part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, part == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0) != CURLUE_OK)
    return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

Result<Url> parse_url(const std::string& text) {
  Url url(curl_url(), &curl_url_cleanup);
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) {
    return Error(kBadUrl, "\"" + escape_terminal(without_userinfo(text)) + "\" is not a URL")
        .with_help("the form is https://host[:port]/path");
  }
  const std::string scheme = url_part(url.get(), CURLUPART_SCHEME);
  if (scheme != "https" && scheme != "http") {
    return Error(kBadUrl, "the URL " + escape_terminal(without_userinfo(text)) +
                              " has the scheme \"" + escape_terminal(scheme) +
                              "\"; expected https");
  }
  return url;
}

void deliver_head(Transfer& t) {
  t.head_complete = true;
  if (!t.control || !t.callbacks.on_head) return;
  MutexLock lock(t.control->busy);
  if (!t.control->cancelled) t.callbacks.on_head(t.response);
}

void take_status_line(Transfer& t, std::string_view line) {
  t.response = {};
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return;
  for (const char c : line.substr(space + 1, 3)) {
    if (c < '0' || c > '9') break;
    t.response.status = t.response.status * 10 + (c - '0');
  }
}

size_t on_header(char* data, size_t size, size_t count, void* user) {
  Transfer& t = *static_cast<Transfer*>(user);
  const std::string_view line = trim(std::string_view(data, size * count));
  if (line.starts_with("HTTP/")) {
    take_status_line(t, line);
  } else if (line.empty()) {
    const bool interim = t.response.status < 200;
    const bool redirect = t.response.status / 100 == 3 && t.request.max_redirects > 0;
    if (!interim && !redirect && !t.head_complete) deliver_head(t);
  } else if (const size_t colon = line.find(':'); colon != std::string_view::npos) {
    t.response.headers.emplace_back(to_lower(line.substr(0, colon)),
                                    std::string(trim(line.substr(colon + 1))));
  }
  return size * count;
}

size_t on_body(char* data, size_t size, size_t count, void* user) {
  Transfer& t = *static_cast<Transfer*>(user);
  const std::string_view chunk(data, size * count);
  if (t.control) {
    MutexLock lock(t.control->busy);
    if (t.control->cancelled) return 0;
    t.callbacks.on_data(chunk);
    return chunk.size();
  }
  if (t.response.body.size() + chunk.size() > t.request.max_body) {
    t.too_large = true;
    return 0;
  }
  t.response.body.append(chunk);
  return chunk.size();
}

int on_socket(void*, curl_socket_t socket, curlsocktype) {
  (void)setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUserTimeoutMs, sizeof kUserTimeoutMs);
  return CURL_SOCKOPT_OK;
}

// The last thing before the request goes out on its connection.
int on_prerequest(void* user, char*, char*, int, int) {
  auto& t = *static_cast<Transfer*>(user);
  t.too_late = t.request.send_by.passed();
  return t.too_late ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

curl_blob borrowed(const std::string& text) {
  // libcurl's struct wants a non-const pointer, but with NOCOPY it only reads.
  return {const_cast<char*>(text.data()), text.size(), CURL_BLOB_NOCOPY};
}

// Whatever is given: the system's certificates are then not trusted as well.
void set_authorities(CURL* easy, const TlsOptions& tls) {
  if (!tls.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    curl_easy_setopt(easy, CURLOPT_CAINFO, tls.ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
  } else if (!tls.ca_pem.empty()) {
    curl_blob ca = borrowed(tls.ca_pem);
    curl_easy_setopt(easy, CURLOPT_CAINFO, nullptr);
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &ca);
  }
}

void set_tls(CURL* easy, const TlsOptions& tls) {
  set_authorities(easy, tls);
  if (!tls.client_cert_pem.empty()) {
    curl_blob certificate = borrowed(tls.client_cert_pem);
    curl_blob key = borrowed(tls.client_key_pem);
    curl_easy_setopt(easy, CURLOPT_SSLCERT_BLOB, &certificate);
    curl_easy_setopt(easy, CURLOPT_SSLCERTTYPE, "PEM");
    curl_easy_setopt(easy, CURLOPT_SSLKEY_BLOB, &key);
    curl_easy_setopt(easy, CURLOPT_SSLKEYTYPE, "PEM");
  }
  if (tls.insecure_skip_verify) {
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
}

void set_transport(Transfer& t, const HttpOptions& options) {
  CURL* easy = t.easy;
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, kKeepaliveIdleSeconds);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, kKeepaliveIntervalSeconds);
  curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, kConnectionMaxIdleSeconds);
  curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, &on_socket);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &on_prerequest);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, &t);
  const auto connect_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(options.connect_timeout).count();
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_ms));
  if (t.request.deadline.at != Monotonic::max()) {
    // libcurl's difference of two times is up to a millisecond too large, and an end before the
    // deadline would be taken for that of a server that fell silent.
    const long left = static_cast<long>(t.request.deadline.remaining().count()) + 1;
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, left);
  }
  if (t.request.idle_timeout.count() > 0) {
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
                     static_cast<long>(t.request.idle_timeout.count()));
  }
  set_tls(easy, options.tls);
}

// A server name other than the URL's host: ask for that name, connect to the host.
Result<std::string> effective_url(Transfer& t, const HttpOptions& options,
                                  curl_slist** connect_to) {
  if (options.tls.server_name.empty()) return t.request.url;
  Url url = TRY(parse_url(t.request.url));
  const std::string port = url_part(url.get(), CURLUPART_PORT);
  const std::string rule =
      options.tls.server_name + ":" + port + ":" + url_part(url.get(), CURLUPART_HOST) + ":" + port;
  *connect_to = curl_slist_append(*connect_to, rule.c_str());
  curl_url_set(url.get(), CURLUPART_HOST, options.tls.server_name.c_str(), 0);
  return url_part(url.get(), CURLUPART_URL);
}

void set_request(Transfer& t, const HttpOptions& options) {
  CURL* easy = t.easy;
  curl_easy_setopt(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  if (t.request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (!t.request.body.empty() || t.request.method == "POST") {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(t.request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, t.request.body.data());
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, t.request.method.c_str());
  } else if (t.request.method != "GET") {
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, t.request.method.c_str());
  }
  for (const auto& [name, value] : t.request.headers) {
    t.header_list = curl_slist_append(t.header_list, (name + ": " + value).c_str());
  }
  t.header_list = curl_slist_append(t.header_list, "Expect:");  // no 100-continue round trip
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, t.header_list);
  if (t.request.max_redirects > 0) {
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, static_cast<long>(t.request.max_redirects));
  }
  if (t.request.compressed) curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
}

}  // namespace

Transfer::~Transfer() {
  if (easy != nullptr) curl_easy_cleanup(easy);
  curl_slist_free_all(header_list);
  curl_slist_free_all(connect_to);
}

void Transfer::finish(Result<void> how) {
  if (!control) {
    if (how) {
      done(std::move(response));
    } else {
      done(std::move(how).error());
    }
    return;
  }
  MutexLock lock(control->busy);
  if (control->cancelled) return;
  control->cancelled = true;
  if (how) {
    callbacks.on_end(response.status);
  } else {
    callbacks.on_end(std::move(how).error());
  }
}

Result<std::string> origin_of(const std::string& url) {
  const Url parsed = TRY(parse_url(url));
  return url_part(parsed.get(), CURLUPART_SCHEME) + "://" + url_part(parsed.get(), CURLUPART_HOST) +
         ":" + url_part(parsed.get(), CURLUPART_PORT);
}

Result<void> prepare(Transfer& t, const HttpOptions& options) {
  t.easy = curl_easy_init();
  if (t.easy == nullptr) return Error(kInternal, "libcurl has no memory", Retry::transient);
  const std::string url = TRY(effective_url(t, options, &t.connect_to));
  curl_easy_setopt(t.easy, CURLOPT_URL, url.c_str());
  if (t.connect_to != nullptr) curl_easy_setopt(t.easy, CURLOPT_CONNECT_TO, t.connect_to);
  curl_easy_setopt(t.easy, CURLOPT_PRIVATE, &t);
  curl_easy_setopt(t.easy, CURLOPT_ERRORBUFFER, t.error_text.data());
  curl_easy_setopt(t.easy, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(t.easy, CURLOPT_HEADERDATA, &t);
  curl_easy_setopt(t.easy, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(t.easy, CURLOPT_WRITEDATA, &t);
  set_transport(t, options);
  set_request(t, options);
  return {};
}

Error deadline_error(const Transfer& t) {
  return Error(kDeadlineExceeded, t.host + " did not answer in time", Retry::transient);
}

Result<void> outcome_of(const Transfer& t, CURLcode code) {
  if (code == CURLE_OK) return {};
  if (t.cancelled) return Error(kCancelled, "the request was cancelled");
  if (t.too_late) {
    return Error(kTooLateToSend, "it became too late to send the request to " + t.host,
                 Retry::transient);
  }
  if (t.too_large) {
    return Error(kBodyTooLarge, "the answer of " + t.host + " is larger than " +
                                    std::to_string(t.request.max_body) + " bytes");
  }
  const std::string text = t.error_text[0] != '\0' ? t.error_text.data() : curl_easy_strerror(code);
  // Most of libcurl's codes cannot happen here; all of those are a lost connection.
  if (code == CURLE_OPERATION_TIMEDOUT) {
    if (t.request.deadline.passed()) return deadline_error(t);
    if (t.head_complete || t.request.idle_timeout.count() == 0)
      return Error(kStreamIdle, "nothing came from " + t.host + " for too long", Retry::transient);
    return Error(kConnectFailed, "cannot connect to " + t.host + ": " + text, Retry::transient);
  }
  if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY)
    return Error(kNameNotResolved, "cannot resolve the name of " + t.host + ": " + text,
                 Retry::transient);
  if (code == CURLE_COULDNT_CONNECT)
    return Error(kConnectFailed, "cannot connect to " + t.host + ": " + text, Retry::transient);
  if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CERTPROBLEM ||
      code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_ISSUER_ERROR) {
    return Error(kTlsFailed, "no trusted connection to " + t.host + ": " + text, Retry::denied)
        .with_help("check the certificate authority that is configured for this server");
  }
  if (code == CURLE_SSL_CONNECT_ERROR)
    return Error(kTlsFailed, "no TLS connection to " + t.host + ": " + text, Retry::transient);
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL ||
      code == CURLE_TOO_MANY_REDIRECTS)
    return Error(kBadUrl, "cannot follow the URL of " + t.host + ": " + text);
  return Error(kConnectionLost, "the connection to " + t.host + " was lost: " + text,
               Retry::transient);
}

}  // namespace plumb::net
