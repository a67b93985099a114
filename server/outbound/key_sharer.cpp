#include "server/outbound/key_sharer.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <utility>

#include "server/asio.h"
#include "server/outbound/signing.h"

namespace outbound {
class KeySharer::Impl : public std::enable_shared_from_this<KeySharer::Impl> {
  public:
    Impl(boost::asio::io_context& context, Client& client) : context_(context), client_(client) {}

    void reconfigure(std::vector<KeyShareTarget> targets);
    void share(const std::string& target, SharedKey key, Then then);

    Counters counters_;
    std::size_t under_way_ = 0;

  private:
    struct Message {
        Message(boost::asio::io_context& context, SharedKey what, Then done)
            : key(std::move(what)), then(std::move(done)), pause(context) {}
        SharedKey key;
        Then then;
        wire::TimePoint until = wire::Clock::now() + patience;
        unsigned attempts = 0;
        boost::asio::steady_timer pause;
    };
    using MessagePointer = std::shared_ptr<Message>;
    struct Line {  // of those who wait for one target
        KeyShareTarget target;
        std::size_t sending = 0;
        std::deque<MessagePointer> waiting;
    };

    void go_on(Line& line);
    void send(const std::string& name, MessagePointer message);
    void on_answer(const std::string& name, const MessagePointer& message, const Result& result);
    void again(const std::string& name, const MessagePointer& message, const std::string& why,
               const KeyShareTarget& target);
    void end(const std::string& name, const MessagePointer& message,
             std::optional<std::string> failure);
    void refuse(Then then, std::string why);
    static std::string unknown(const std::string& name) {
        return "the settings name no key share \"" + name + "\"";
    }

    boost::asio::io_context& context_;
    Client& client_;
    std::map<std::string, Line, std::less<>> lines_;
};

void KeySharer::Impl::reconfigure(std::vector<KeyShareTarget> targets) {
    auto old = std::exchange(lines_, {});
    for (KeyShareTarget& target : targets) {
        const std::string name = target.name;
        Line& line = lines_[name];
        if (const auto found = old.find(name); found != old.end()) {
            line = std::move(found->second);
            old.erase(found);
        }
        line.target = std::move(target);
    }
    for (auto& [name, line] : old)
        for (MessagePointer& message : line.waiting) {
            --under_way_;
            refuse(std::move(message->then), unknown(name));
        }
    for (auto& [name, line] : lines_) go_on(line);
}

void KeySharer::Impl::share(const std::string& target, SharedKey key, Then then) {
    const auto found = lines_.find(target);
    if (found == lines_.end()) return refuse(std::move(then), unknown(target));
    if (under_way_ >= most_under_way)
        return refuse(std::move(then), "too many keys wait to be shared");
    ++under_way_;
    found->second.waiting.push_back(
        std::make_shared<Message>(context_, std::move(key), std::move(then)));
    go_on(found->second);
}

void KeySharer::Impl::go_on(Line& line) {
    while (!line.waiting.empty() && line.sending < concurrency) {
        MessagePointer message = std::move(line.waiting.front());
        line.waiting.pop_front();
        ++line.sending;
        send(line.target.name, std::move(message));
    }
}

// The target is looked for again: the settings may be others by now.
void KeySharer::Impl::send(const std::string& name, MessagePointer message) {
    const auto found = lines_.find(name);
    const auto left = message->until - wire::Clock::now();
    if (found == lines_.end() || left <= wire::Duration::zero()) {
        const std::string why = found == lines_.end() ? unknown(name) : "there was no time left";
        boost::asio::post(context_, [weak = weak_from_this(), name, message, why] {
            if (const auto self = weak.lock()) self->end(name, message, why);
        });
        return;
    }
    const KeyShareTarget& target = found->second.target;
    ++message->attempts;
    OutRequest request;
    request.url = target.url;
    request.timeout = std::min(target.timeout, left);
    request.ca_file = target.ca_file;
    request.secret_body = key_share_body(message->key);
    request.headers =
        signed_headers("keys.share", message->key.id,
                       std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()),
                       wire::as_text(request.secret_body->reveal()), target.secret);
    client_.send(std::move(request), [weak = weak_from_this(), name,
                                      message = std::move(message)](const Result& result) {
        if (const auto self = weak.lock()) self->on_answer(name, message, result);
    });
}

void KeySharer::Impl::on_answer(const std::string& name, const MessagePointer& message,
                                const Result& result) {
    if (result && result->status >= 200 && result->status < 300)
        return end(name, message, std::nullopt);
    const std::string why =
        result ? "it answered " + std::to_string(result->status) : result.error();
    const auto found = lines_.find(name);
    if (found == lines_.end()) return end(name, message, unknown(name));
    again(name, message, why, found->second.target);
}

void KeySharer::Impl::again(const std::string& name, const MessagePointer& message,
                            const std::string& why, const KeyShareTarget& target) {
    const auto pause = first_pause * (1U << std::min(message->attempts - 1, 6U));
    if (message->attempts >= target.attempts || wire::Clock::now() + pause >= message->until)
        return end(name, message, why);
    message->pause.expires_after(pause);
    message->pause.async_wait(
        [weak = weak_from_this(), name, message](boost::system::error_code stopped) {
            const auto self = weak.lock();
            if (self && !stopped) self->send(name, message);
        });
}

void KeySharer::Impl::end(const std::string& name, const MessagePointer& message,
                          std::optional<std::string> failure) {
    --under_way_;
    if (failure) {
        ++counters_.failed;
        failure = "key share \"" + name + "\": " + *failure;
    } else {
        ++counters_.taken;
    }
    // One that was taken out of the settings and put in again has others under way.
    if (const auto found = lines_.find(name); found != lines_.end() && found->second.sending > 0) {
        --found->second.sending;
        go_on(found->second);
    }
    message->then(std::move(failure));
}

void KeySharer::Impl::refuse(Then then, std::string why) {
    ++counters_.failed;
    boost::asio::post(context_,
                      [weak = weak_from_this(), then = std::move(then), why = std::move(why)] {
                          if (weak.lock()) then(why);
                      });
}

KeySharer::KeySharer(boost::asio::io_context& context, Client& client)
    : impl_(std::make_shared<Impl>(context, client)) {}
KeySharer::~KeySharer() = default;

void KeySharer::reconfigure(std::vector<KeyShareTarget> targets) {
    impl_->reconfigure(std::move(targets));
}
void KeySharer::share(const std::string& target, SharedKey key, Then then) {
    impl_->share(target, std::move(key), std::move(then));
}
KeySharer::Counters KeySharer::counters() const {
    return impl_->counters_;
}
std::size_t KeySharer::under_way() const {
    return impl_->under_way_;
}

}  // namespace outbound
