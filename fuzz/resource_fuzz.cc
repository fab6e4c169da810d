// Any JSON as a custom resource: decoding ends, and what it accepts keeps its promises.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "core/spec/resources.h"
#include "lang/json/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace plumb;
  const Result<Value> body = json::parse({reinterpret_cast<const char*>(data), size});
  if (!body.has_value()) return 0;
  if (const Result<AppSpec> app = decode_app(*body); app.has_value()) {
    CHECK(!app->key.name.empty() && app->key.name.size() <= 63);
    CHECK(!app->repository.name.empty() && !app->repository.namespace_.empty());
    CHECK(app->interval >= kLeastInterval && app->interval <= kMostInterval);
    for (const AppKey& other : app->depends_on) CHECK(other != app->key);
  } else {
    (void)app.error().render();
  }
  if (const Result<AppSpec> app = decode_deleted_app(*body); app.has_value()) {
    CHECK(app->interval >= kLeastInterval && app->interval <= kMostInterval);
  }
  if (const Result<RepositorySpec> repository = decode_repository(*body); repository.has_value()) {
    CHECK(!repository->key.name.empty() && !repository->url.empty());
    CHECK(repository->interval >= kLeastInterval && repository->timeout >= kLeastInterval);
  } else {
    (void)repository.error().render();
  }
  return 0;
}
