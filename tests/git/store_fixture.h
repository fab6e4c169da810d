// A person, a bare repository "web" and a store of it; each kind of server adds itself.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "edge/git/git_store.h"
#include "servers.h"

namespace plumb::test {

class StoreTest : public testing::Test {
 protected:
  void open(const std::string& url) {
    Result<std::shared_ptr<GitStore>> opened =
        GitStore::open(scratch.path("cache"), url, {.allow_http = true, .allow_file = true});
    ASSERT_TRUE(opened) << opened.error().render();
    store = *std::move(opened);
    request.url = url;
  }

  Result<FetchResult> fetch() {
    request.deadline = Deadline::in(std::chrono::seconds(30));
    return store->fetch(request, {});
  }
  // Fetches and takes the revision into force, as control does.
  FetchResult accept() {
    Result<FetchResult> result = fetch();
    if (!result) {
      ADD_FAILURE() << result.error().render();
      return {};
    }
    request.last_good = result->revision.commit;
    return *std::move(result);
  }
  // The error of a fetch. Whatever it is, the commit in force stays readable.
  const Error& refused(ErrorCode code) {
    const Result<FetchResult> result = fetch();
    if (result) {
      ADD_FAILURE() << "expected " << code.name << ", got " << result->revision.display();
      return error = Error(kInternal, "no error");
    }
    EXPECT_EQ(result.error().code(), code) << result.error().render();
    if (request.last_good) {
      EXPECT_FALSE(read("app.yaml").empty());
    }
    return error = result.error();
  }
  // A file of the commit in force.
  std::string read(const std::string& path) const {
    Result<std::shared_ptr<const SourceTree>> tree = store->open_tree(*request.last_good);
    if (!tree) {
      ADD_FAILURE() << tree.error().render();
      return "";
    }
    Result<std::string> text = (*tree)->read(*RelPath::parse(path), 1 << 20);
    if (!text) {
      ADD_FAILURE() << text.error().render();
      return "";
    }
    return *std::move(text);
  }

  Scratch scratch;
  Person person{scratch.path("work"), scratch.path("served/web.git")};
  std::string first = person.commit({{"app.yaml", "one\n"}, {"deep/er/file", "x"}}, "first");
  std::shared_ptr<GitStore> store;
  FetchRequest request{};
  Error error{kInternal, "none"};
};

}  // namespace plumb::test
