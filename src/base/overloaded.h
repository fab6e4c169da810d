// overloaded{...}: a visitor from lambdas, for exhaustive std::visit.
#pragma once

namespace plumb {

template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
overloaded(Fs...) -> overloaded<Fs...>;

}  // namespace plumb
