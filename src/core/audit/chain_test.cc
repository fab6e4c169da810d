#include "core/audit/chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace plumb::audit {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Lines = std::vector<std::string>;

Entry entry(int n) {
  Entry out;
  out.time = WallTime(std::chrono::seconds(1'700'000'000 + n));
  out.verdict = n % 3 == 0 ? Verdict::healed : Verdict::applied;
  out.app = "prod/web";
  out.commit = std::string(40, static_cast<char>('a' + n % 6));
  out.signer = "alice";
  out.grants = {{"images", {"bob"}}};
  out.objects = {
      {{"apps", "Deployment", "prod", "web"}, "apply", "changed", {"spec.replicas"}, ""}};
  out.message = "line one\nline \"two\" \xff";
  return out;
}

Lines chain(size_t length, Head head = {}) {
  Lines out;
  for (size_t i = 0; i < length; ++i) {
    Sealed sealed = seal(head, entry(static_cast<int>(i)));
    head = sealed.head;
    out.push_back(std::move(sealed.line));
  }
  return out;
}

Head head_of(const Lines& lines) {
  const Record last = read_record(lines.back()).value();
  return {last.number, last.hash};
}

ChainReport check(const Lines& lines, const ChainExpectation& expected = {}) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return check_chain(text, expected);
}

std::vector<uint64_t> named(const ChainReport& report) {
  std::vector<uint64_t> out;
  for (const Flaw& flaw : report.flaws) out.push_back(flaw.record);
  return out;
}

TEST(Record, ComesBackAsItWas) {
  const Sealed sealed = seal({}, entry(1));
  EXPECT_EQ(sealed.line.find('\n'), std::string::npos);
  const Result<Record> read = read_record(sealed.line);
  ASSERT_TRUE(read.has_value()) << read.error().render();
  EXPECT_EQ(read->number, 1U);
  EXPECT_TRUE(read->previous.is_zero());
  EXPECT_EQ(read->hash, sealed.head.hash);
  Entry wanted = entry(1);
  wanted.message = "line one\nline \"two\" \xef\xbf\xbd";
  EXPECT_EQ(read->entry, wanted);
}

TEST(Record, IsOneTextOnly) {
  const std::string line = seal({}, entry(1)).line;
  EXPECT_FALSE(read_record(line + " "));
  EXPECT_FALSE(read_record("{ " + line.substr(1)));
  EXPECT_FALSE(read_record(line.substr(0, line.size() - 1) + ",\"record\":1}"));
}

// A field that this version does not know is under the hash all the same.
TEST(Record, KeepsWhatALaterVersionAdds) {
  const std::string line =
      R"({"entry":{"later":1,"time":"2026-01-01T00:00:00Z","verdict":"applied"},"hash":")";
  EXPECT_FALSE(read_record(line + std::string(64, '0') + R"(","previous":")" +
                           std::string(64, '0') + R"(","record":1})"));
}

TEST(Head, ComesBack) {
  const Head head = seal({41, {}}, entry(0)).head;
  EXPECT_EQ(parse_head(to_string(head)).value(), head);
  for (const char* text : {"", "1", "1:", "x:00", "1:00", ":", "-1:0"}) {
    EXPECT_FALSE(parse_head(text)) << text;
  }
}

TEST(Chain, Whole) {
  const Lines lines = chain(12);
  const ChainReport report = check(lines, {.head = head_of(lines)});
  EXPECT_THAT(report.flaws, IsEmpty());
  EXPECT_THAT(report.records, SizeIs(12));
  EXPECT_EQ(report.head, head_of(lines));
  EXPECT_THAT(check({}).flaws, IsEmpty());
}

TEST(Chain, GoesOnBehindAHead) {
  const Lines first = chain(5);
  const Lines rest = chain(3, head_of(first));
  EXPECT_THAT(check(rest, {.first = 6}).flaws, IsEmpty());
  EXPECT_EQ(named(check(rest)), (std::vector<uint64_t>{1}));
  Lines all = first;
  all.insert(all.end(), rest.begin(), rest.end());
  EXPECT_THAT(check(all).flaws, IsEmpty());
}

TEST(Chain, CutOffAtTheEnd) {
  Lines lines = chain(9);
  const Head head = head_of(lines);
  lines.resize(6);
  EXPECT_THAT(check(lines).flaws, IsEmpty()) << "nothing but the head can tell";
  const ChainReport report = check(lines, {.head = head});
  ASSERT_THAT(report.flaws, SizeIs(1));
  EXPECT_EQ(report.flaws[0].record, 7U);
  EXPECT_THAT(report.flaws[0].message, HasSubstr("records 7 to 9 are missing"));
}

TEST(Chain, WrittenAnewFromSomewhereOn) {
  Lines lines = chain(9);
  const Head head = head_of(lines);
  Lines forged(lines.begin(), lines.begin() + 4);
  Head at = head_of(forged);
  for (int i = 4; i < 9; ++i) {
    Entry other = entry(i);
    other.signer = "mallory";
    const Sealed sealed = seal(at, other);
    at = sealed.head;
    forged.push_back(sealed.line);
  }
  EXPECT_EQ(named(check(forged, {.head = head})), (std::vector<uint64_t>{9}));
}

TEST(Chain, UnfinishedLine) {
  const Lines lines = chain(3);
  const std::string text = lines[0] + "\n" + lines[1] + "\n" + lines[2].substr(0, 50);
  EXPECT_EQ(named(check_chain(text, {})), (std::vector<uint64_t>{3}));
}

std::string text_of(const Lines& lines, size_t from, size_t to) {
  std::string text;
  for (size_t i = from; i < to; ++i) text += lines[i] + "\n";
  return text;
}

// Two replicas lead in turns, each with a volume of its own.
TEST(ChainOfFiles, AreOneLedgerInAnyOrder) {
  const Lines lines = chain(12);
  const std::string one = text_of(lines, 0, 4) + text_of(lines, 7, 12);
  const std::string two = text_of(lines, 4, 7);
  for (const auto& files : {std::vector<LedgerFile>{{"one", one}, {"two", two}},
                            std::vector<LedgerFile>{{"two", two}, {"one", one}}}) {
    const ChainReport report = check_chain(files, {.head = head_of(lines)});
    EXPECT_THAT(report.flaws, IsEmpty());
    ASSERT_THAT(report.records, SizeIs(12));
    for (size_t i = 0; i < 12; ++i) EXPECT_EQ(report.records[i].number, i + 1);
  }
}

TEST(ChainOfFiles, MayOverlapButNotDiffer) {
  const Lines lines = chain(9);
  const std::string week = text_of(lines, 0, 6);
  const std::string next = text_of(lines, 3, 9);
  const ChainReport report = check_chain({{"week", week}, {"next", next}}, {});
  EXPECT_THAT(report.flaws, IsEmpty());
  EXPECT_THAT(report.records, SizeIs(9));

  Lines other(lines.begin(), lines.begin() + 3);
  other.push_back(seal(head_of(other), entry(7)).line);
  const std::string crashed = text_of(other, 0, 4);
  const ChainReport both = check_chain({{"crashed", crashed}, {"next", next}}, {});
  ASSERT_FALSE(both.flaws.empty());
  EXPECT_EQ(both.flaws[0].message, "record 4 is another one than in crashed:4");
  EXPECT_EQ(both.flaws[0].file, "next");
}

TEST(ChainOfFiles, AGapIsNamedWithWhatIsAroundIt) {
  const Lines lines = chain(9);
  const std::string one = text_of(lines, 0, 3);
  const std::string two = text_of(lines, 5, 9);
  const ChainReport report = check_chain({{"two", two}, {"one", one}}, {});
  ASSERT_THAT(report.flaws, SizeIs(1));
  EXPECT_EQ(report.flaws[0].message, "records 4 to 5 are missing after one:3 before two:1");
}

TEST(ChainOfFiles, WhatCannotBeReadIsNamedInItsFile) {
  const Lines lines = chain(9);
  for (size_t bad = 3; bad < 9; ++bad) {
    Lines altered = lines;
    altered[bad][5] ^= 1;
    const std::string one = text_of(altered, 0, 3) + text_of(altered, 6, 9);
    const std::string two = text_of(altered, 3, 6);
    const ChainReport report = check_chain({{"two", two}, {"one", one}}, {});
    EXPECT_EQ(named(report), (std::vector<uint64_t>{bad + 1}));
    EXPECT_EQ(report.flaws[0].file, bad < 6 ? "two" : "one");
  }
}

// Whatever one does to one record, its number is named.
class Tampering : public ::testing::Test {
 protected:
  size_t below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }
  std::mt19937_64 random_{20261124};
};

TEST_F(Tampering, OneByte) {
  for (int round = 0; round < 2000; ++round) {
    Lines lines = chain(2 + below(9));
    const size_t at = below(lines.size());
    char& byte = lines[at][below(lines[at].size())];
    const char before = byte;
    while (byte == before || byte == '\n') byte = static_cast<char>(below(256));
    ASSERT_EQ(named(check(lines)), (std::vector<uint64_t>{at + 1})) << lines[at];
  }
}

TEST_F(Tampering, ARecordIsDropped) {
  for (int round = 0; round < 300; ++round) {
    Lines lines = chain(3 + below(9));
    const Head head = head_of(lines);
    const size_t at = below(lines.size());
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at));
    const ChainReport report = check(lines, {.head = head});
    ASSERT_EQ(named(report), (std::vector<uint64_t>{at + 1}));
    ASSERT_EQ(report.flaws[0].kind, Flaw::Kind::missing);
  }
}

TEST_F(Tampering, TwoRecordsChangePlaces) {
  for (int round = 0; round < 300; ++round) {
    Lines lines = chain(3 + below(9));
    const Head head = head_of(lines);
    const size_t a = below(lines.size() - 1);
    const size_t b = a + 1 + below(lines.size() - a - 1);
    std::swap(lines[a], lines[b]);
    const ChainReport report = check(lines, {.head = head});
    ASSERT_FALSE(report.flaws.empty());
    for (const Flaw& flaw : report.flaws) {
      ASSERT_EQ(flaw.kind, Flaw::Kind::out_of_order);
      ASSERT_TRUE(flaw.record > a && flaw.record <= b + 1) << flaw.message;
    }
  }
}

TEST_F(Tampering, ARecordStandsTwice) {
  for (int round = 0; round < 300; ++round) {
    Lines lines = chain(2 + below(9));
    const size_t from = below(lines.size());
    const size_t to = below(lines.size() + 1);
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(to), lines[from]);
    const ChainReport report = check(lines);
    ASSERT_FALSE(report.flaws.empty());
    ASSERT_THAT(named(report), ::testing::Contains(from + 1));
  }
}

// Its hash and all: then the one after it does not follow.
TEST_F(Tampering, ARecordIsReplaced) {
  for (int round = 0; round < 300; ++round) {
    Lines lines = chain(3 + below(9));
    const Head head = head_of(lines);
    const size_t at = below(lines.size());
    const Record record = read_record(lines[at]).value();
    Entry other = record.entry;
    other.signer = "mallory";
    lines[at] = seal({record.number - 1, record.previous}, other).line;
    const ChainReport report = check(lines, {.head = head});
    ASSERT_EQ(named(report), (std::vector<uint64_t>{at + 1}));
    ASSERT_EQ(report.flaws[0].kind, Flaw::Kind::replaced);
  }
}

TEST_F(Tampering, SeveralAtOnce) {
  for (int round = 0; round < 300; ++round) {
    Lines lines = chain(12);
    const Head head = head_of(lines);
    const size_t altered = 1 + below(4);
    const size_t dropped = 7 + below(4);
    lines[altered][5] ^= 1;
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(dropped));
    ASSERT_EQ(named(check(lines, {.head = head})),
              (std::vector<uint64_t>{altered + 1, dropped + 1}));
  }
}

}  // namespace
}  // namespace plumb::audit
