// bench-bare: what the API server alone takes. It sends one server-side apply after the other, so
// many at a time, and does nothing else: no operator of any make can be faster with these objects.
//
//   bench-bare --kubeconfig FILE [--in-flight N] < REQUESTS
//
// REQUESTS are "<path> <bytes>\n" and so many bytes of a body, one behind the other. Exit code 1
// when one was refused.
#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <iostream>
#include <semaphore>
#include <string>
#include <vector>

#include "edge/cluster/kubeconfig.h"
#include "edge/net/http_client.h"

namespace plumb {
namespace {

struct Apply {
  std::string path;
  std::string body;
};

std::vector<Apply> read_requests() {
  std::vector<Apply> out;
  Apply apply;
  size_t size = 0;
  while (std::cin >> apply.path >> size) {
    std::cin.ignore(1);
    apply.body.resize(size);
    std::cin.read(apply.body.data(), static_cast<std::streamsize>(size));
    out.push_back(apply);
  }
  return out;
}

int apply_all(const ClusterAccess& access, const std::vector<Apply>& all, int in_flight) {
  std::counting_semaphore<> room(in_flight);
  std::atomic<int> refused{0};
  HttpClient http({.tls = access.tls, .user_agent = "bench-bare"});
  for (const Apply& one : all) {
    room.acquire();
    http.submit({.method = "PATCH",
                 .url = access.server + one.path + "?fieldManager=bench-bare&force=true",
                 .headers = {{"Accept", "application/json"},
                             {"Content-Type", "application/apply-patch+yaml"},
                             {"Authorization", "Bearer " + access.bearer_token}},
                 .body = one.body},
                [&](const Result<HttpResponse>& answer) {
                  if (!answer || answer->status / 100 != 2) {
                    std::fprintf(stderr, "%s: %s\n", one.path.c_str(),
                                 answer ? answer->body.c_str() : answer.error().summary().c_str());
                    refused++;
                  }
                  room.release();
                });
  }
  for (int i = 0; i < in_flight; ++i) room.acquire();
  return refused == 0 ? 0 : 1;
}

int run(int argc, char** argv) {
  CLI::App app("applies objects as fast as the server takes them");
  KubeconfigOptions kubeconfig;
  int in_flight = 32;
  app.add_option("--kubeconfig", kubeconfig.path)->required();
  app.add_option("--in-flight", in_flight)->check(CLI::Range(1, 1000));
  CLI11_PARSE(app, argc, argv);
  const Result<ClusterAccess> access = load_kubeconfig(kubeconfig);
  if (!access) {
    std::fputs(access.error().render().c_str(), stderr);
    return 1;
  }
  return apply_all(*access, read_requests(), in_flight);
}

}  // namespace
}  // namespace plumb

int main(int argc, char** argv) {
  return plumb::run(argc, argv);
}
