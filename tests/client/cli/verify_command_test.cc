#include "client/cli/verify_command.h"

#include <string>
#include <vector>

#include "tests/client/cli/cli_fixture.h"

namespace lsmkv::cli {
namespace {

using testing::_;
using testing::HasSubstr;
using testing::Return;

class VerifyCommandTest : public CliTest {
 protected:
  // The server finds `findings`.
  void Expect(std::vector<client::VerifyFinding> findings) {
    EXPECT_CALL(*store, Verify(_, _, _))
        .WillOnce([findings](const client::VerifyOptions&,
                             const client::VerifyCallback& on_event,
                             const client::CallOptions&) {
          client::VerifyEvent event;
          event.findings = findings;
          event.progress = {12, 12, 2048, 2048, findings.size()};
          on_event(event);
          return event.progress;
        });
  }
  static client::VerifyFinding Damage() {
    return {"/s/7.sst", 39, "a\x01", "b", "/s/7.sst: offset 39: bad block"};
  }
};

TEST_F(VerifyCommandTest, CleanStoreIsALineAndSuccess) {
  Expect({});
  const Result result = Run({"verify"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out, "12 files, 2.0 KiB: no damage\n");
  EXPECT_EQ(result.err, "");
}

TEST_F(VerifyCommandTest, EachDamagedPlaceIsALineAndTheExitStatusSaysSo) {
  Expect({Damage(), {"/s/1.wal", 48, "", "", "cannot read"}});
  const Result result = Run({"VERIFY"});
  EXPECT_EQ(result.code, 9);
  EXPECT_EQ(result.out,
            "/s/7.sst: offset 39: bad block; keys from 'a\\x01' to 'b'\n"
            "/s/1.wal: offset 48: cannot read\n"
            "12 files, 2.0 KiB: 2 damaged places\n");
}

TEST_F(VerifyCommandTest, NdjsonIsAnObjectPerPlaceAndOneWithTheNumbers) {
  Expect({Damage()});
  const Result result = Run({"verify", "-o", "ndjson"});
  EXPECT_EQ(result.code, 9);
  EXPECT_EQ(result.out,
            "{\"file\":\"/s/7.sst\",\"offset\":\"39\",\"smallestKey\":"
            "\"a\\u0001\",\"largestKey\":\"b\",\"message\":"
            "\"/s/7.sst: offset 39: bad block\"}\n"
            "{\"files\":\"12\",\"bytes\":\"2048\",\"findings\":\"1\"}\n");
}

TEST_F(VerifyCommandTest, JsonIsOneObject) {
  Expect({Damage(), Damage()});
  const Result result = Run({"verify", "-o", "json"});
  EXPECT_EQ(result.code, 9);
  EXPECT_THAT(result.out, HasSubstr("{\"files\":\"12\",\"bytes\":\"2048\","
                                    "\"findings\":\"2\",\"damage\":[{"));
  EXPECT_THAT(result.out, HasSubstr("\"},{\"file\""));
}

TEST_F(VerifyCommandTest, SpeedReachesTheServer) {
  EXPECT_CALL(
      *store,
      Verify(testing::Field(&client::VerifyOptions::bytes_per_second, 5), _, _))
      .WillOnce(Return(client::VerifyProgress()));
  EXPECT_EQ(Run({"verify", "--bytes-per-second", "5"}).code, 0);
  EXPECT_EQ(Run({"verify", "--bytes-per-second", "fast"}).code, 2);
}

TEST_F(VerifyCommandTest, FailureHasItsExitStatus) {
  EXPECT_CALL(*store, Verify(_, _, _))
      .WillOnce(Return(absl::ResourceExhaustedError("verified already")));
  EXPECT_EQ(Run({"verify"}).code, 8);
}

TEST_F(VerifyCommandTest, MistypedNameIsSuggested) {
  EXPECT_THAT(Run({"verfy"}).err, HasSubstr("did you mean verify?"));
  EXPECT_THAT(Run({"help", "verify"}).out, HasSubstr("--bytes-per-second"));
}

}  // namespace
}  // namespace lsmkv::cli
