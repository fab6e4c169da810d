#include "base/error.h"

#include <gtest/gtest.h>

namespace plumb {
namespace {

constexpr ErrorCode kTwice{102, "DuplicateKey"};

Error example() {
  return Error(kTwice, "key \"image\" is given twice")
      .at({"apps/web.yaml", 23, 9})
      .with_help("remove one of the two lines")
      .while_doing("reading manifests")
      .while_doing("rendering app prod/web");
}

TEST(Error, Defaults) {
  const Error error(kInternal, "broken");
  EXPECT_EQ(error.code(), kInternal);
  EXPECT_EQ(error.retry(), Retry::permanent);
  EXPECT_EQ(error.position(), std::nullopt);
  EXPECT_EQ(error.help(), "");
  EXPECT_TRUE(error.context().empty());
  EXPECT_EQ(error.summary(), "broken");
  EXPECT_EQ(error.render(), "error[E0900]: broken\n");
}

TEST(Error, Render) {
  EXPECT_EQ(example().render(),
            "error[E0102]: key \"image\" is given twice\n"
            "  --> apps/web.yaml:23:9\n"
            "  while reading manifests\n"
            "  while rendering app prod/web\n"
            "  help: remove one of the two lines\n");
  EXPECT_EQ(example().summary(), "key \"image\" is given twice (apps/web.yaml:23:9)");
}

TEST(Error, BuildersLeaveTheirObjectAlone) {
  const Error plain(kTwice, "x", Retry::transient);
  const Error placed = plain.at({"f", 1, 0});
  EXPECT_EQ(plain.position(), std::nullopt);
  EXPECT_EQ(placed.position(), (Position{"f", 1, 0}));
  EXPECT_EQ(placed.retry(), Retry::transient);
}

TEST(Error, Positions) {
  EXPECT_EQ(to_string(Position{"f", 3, 4}), "f:3:4");
  EXPECT_EQ(to_string(Position{"f", 3, 0}), "f:3");
  EXPECT_EQ(to_string(Position{"f", 0, 0}), "f");
  EXPECT_EQ(to_string(Position{"f", 0, 7}), "f");
}

TEST(Error, FurtherErrors) {
  const Error error = example().with_also({Error(kInternal, "second"), Error(kInternal, "third")});
  EXPECT_EQ(error.summary(), "key \"image\" is given twice (apps/web.yaml:23:9); and 2 more");
  EXPECT_NE(error.render().find("error[E0900]: second\nerror[E0900]: third\n"), std::string::npos);
}

TEST(Error, PrintsTwentyOfManyErrors) {
  const Error error =
      Error(kInternal, "first").with_also(std::vector<Error>(30, Error(kInternal, "again")));
  const std::string text = error.render();
  size_t printed = 0;
  for (size_t at = text.find("error["); at != std::string::npos; at = text.find("error[", at + 1)) {
    ++printed;
  }
  EXPECT_EQ(printed, 20u);
  EXPECT_TRUE(text.ends_with("and 11 more\n")) << text;
}

}  // namespace
}  // namespace plumb
