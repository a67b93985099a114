#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "server/outbound/client.h"

namespace outbound {

// Octets that a server sends, read as the answer to one request (RFC 9112). Interim answers (1xx)
// are passed over. Neither header nor body is held beyond the client's limits.
class AnswerReader {
  public:
    AnswerReader();
    ~AnswerReader();

    enum class State {
        more,      // give it more octets
        complete,  // answer() is it
        cut_off,   // answer() is it, its body is not whole: no other can follow on the connection
        garbage,   // not an answer
    };
    State feed(std::string_view octets);
    // The connection has ended: what was read may be an answer all the same.
    State end();

    bool started() const { return started_; }  // any octet has come
    Answer answer() const;
    // Whether the connection can carry another request: the server's word, and nothing after the
    // answer.
    bool can_go_on() const;
    // Of what is garbage.
    std::string why() const { return why_; }

  private:
    class Parser;
    State parse();
    std::unique_ptr<Parser> parser_;
    std::string input_;
    std::string why_;
    bool started_ = false;
    unsigned interim_ = 0;
};

}  // namespace outbound
