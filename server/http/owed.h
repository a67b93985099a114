#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace http {

// What somebody owes by a callback: it comes at once, later, or never, when the last copy of the
// callback is gone uncalled. The first call counts.
template <class T>
class Owed {
  public:
    // `ring` is called when it is settled and whoever waits for it is still there; the callback
    // knows that by this object, which it does not keep alive.
    static std::shared_ptr<Owed> make(std::function<void()> ring) {
        return std::shared_ptr<Owed>(new Owed(std::move(ring)));
    }
    static std::function<void(T)> callback(const std::shared_ptr<Owed>& owed) {
        return [debt = std::make_shared<Debt>(owed)](T value) {
            debt->settle(std::optional<T>(std::in_place, std::move(value)));
        };
    }

    bool settled() const { return settled_; }
    // Nothing: it will never come.
    std::optional<T> take() { return std::exchange(value_, std::nullopt); }

  private:
    explicit Owed(std::function<void()> ring) : ring_(std::move(ring)) {}

    struct Debt {
        explicit Debt(std::weak_ptr<Owed> to) : owed(std::move(to)) {}
        ~Debt() { settle(std::nullopt); }
        Debt(const Debt&) = delete;
        Debt& operator=(const Debt&) = delete;
        void settle(std::optional<T> value) {
            const auto to = owed.lock();
            if (!to || std::exchange(to->settled_, true)) return;
            to->value_ = std::move(value);
            to->ring_();
        }
        std::weak_ptr<Owed> owed;
    };

    std::function<void()> ring_;
    std::optional<T> value_;
    bool settled_ = false;
};

}  // namespace http
