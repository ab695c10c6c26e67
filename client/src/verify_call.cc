#include "client/src/verify_call.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

#include "client/src/convert.h"
#include "client/src/retry_loop.h"
#include "client/src/status_payload.h"

namespace lsmkv::client {
namespace {

// Hears of all messages of one attempt. `*begun` says whether there were any.
absl::Status Listen(VerifyStream* stream, const VerifyCallback& on_event,
                    bool* begun, VerifyProgress* last) {
  v1::VerifyResponse message;
  while (stream->Read(&message)) {
    *begun = true;
    const VerifyEvent event = FromProto(std::move(message));
    *last = event.progress;
    if (on_event) on_event(event);
  }
  return stream->Finish();
}

}  // namespace

absl::StatusOr<VerifyProgress> RunVerify(Stub* stub, Clock* clock,
                                         CallSettings settings,
                                         const VerifyOptions& verify,
                                         const VerifyCallback& on_event) {
  // An attempt lasts as long as the verify.
  settings.attempt_timeout = std::chrono::milliseconds(0);
  RetryState state(std::move(settings), clock);
  v1::VerifyRequest request;
  request.set_bytes_per_second(verify.bytes_per_second);
  while (true) {
    auto context = std::make_unique<grpc::ClientContext>();
    state.BeginAttempt(context.get());
    const std::unique_ptr<VerifyStream> stream =
        stub->Verify(std::move(context), request);
    VerifyProgress last;
    bool begun = false;
    const absl::Status status = Listen(stream.get(), on_event, &begun, &last);
    if (status.ok()) return last;
    if (begun) {
      return WithMessage(status,
                         absl::StrCat("verify broken off: ", status.message()));
    }
    if (!state.WaitForNextAttempt(status)) return state.Explain(status);
  }
}

}  // namespace lsmkv::client
