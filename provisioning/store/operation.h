#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "provisioning/store/tables.h"

namespace store {

// What was asked of the store, on its way through a queue.
class Operation {
  public:
    enum class Place : std::uint8_t {
        within,      // a transaction, with others
        afterwards,  // outside of one, when all that was handed in before is on the disk
    };

    explicit Operation(Place place) : place_(place) {}
    virtual ~Operation() = default;
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;

    Place place() const { return place_; }
    virtual bool writes() const = 0;
    // `writing` is null on a thread that only reads.
    virtual void run(const Reading& reading, Writing* writing) = 0;
    // Exactly once: with the error that kept it from happening, or without.
    virtual void finish(const Error* error) = 0;

  private:
    Place place_;
};

// An operation of a function of Reading or of Writing, which gives T.
template <class T, class Function>
class OperationOf final : public Operation {
  public:
    static constexpr bool only_reads = std::is_invocable_v<Function&, const Reading&>;

    OperationOf(Place place, Function function, Then<T> then)
        : Operation(place), function_(std::move(function)), then_(std::move(then)) {}

    bool writes() const override { return !only_reads; }

    void run(const Reading& reading, Writing* writing) override {
        if constexpr (std::is_void_v<T>)
            call(reading, writing);
        else
            result_ = call(reading, writing);
    }

    void finish(const Error* error) override {
        if (error != nullptr)
            then_(Result<T>(boost::system::in_place_error, *error));
        else if constexpr (std::is_void_v<T>)
            then_(Result<T>(boost::system::in_place_value));
        else
            then_(Result<T>(boost::system::in_place_value, std::move(*result_)));
    }

  private:
    auto call(const Reading& reading, Writing* writing) {
        if constexpr (only_reads)
            return function_(reading);
        else
            return function_(*writing);
    }

    using Held = std::conditional_t<std::is_void_v<T>, std::monostate, T>;
    Function function_;
    Then<T> then_;
    std::optional<Held> result_;
};

}  // namespace store
