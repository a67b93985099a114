#pragma once

#include <optional>

#include <boost/system/result.hpp>

namespace lwm2m {

// The error of a result, nothing where there is none: error() alone of a result that holds a
// value is the first enumerator.
template <class T, class E>
std::optional<E> error_of(const boost::system::result<T, E>& result) {
    if (result.has_value()) return std::nullopt;
    return result.error();
}

}  // namespace lwm2m
