import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { BrowserRouter, Route, Routes } from "react-router";
import { asApiError } from "./api/problem";
import { SessionProvider, useSession } from "./auth/session";
import { SignIn } from "./auth/SignIn";
import { screens } from "./screens/registry";
import { NotFound } from "./shell/NotFound";
import { Shell } from "./shell/Shell";
import { Failed } from "./states/Failed";
import { Loading } from "./states/Shown";
import { ThemeProvider } from "./theme";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // News comes by the event stream; without it a screen asks anew when it is opened.
      staleTime: 5_000,
      refetchOnWindowFocus: true,
      // Where nobody said no, ask again: twice at once, and then every few seconds; what was known stays in sight meanwhile.
      retry: (count, error) => count < 2 && asApiError(error).mayPass,
      retryDelay: (count) => 400 * 2 ** count,
      refetchInterval: (query) => (query.state.error && asApiError(query.state.error).mayPass ? 5_000 : false),
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

function Screens(): ReactNode {
  return (
    <BrowserRouter>
      <Routes>
        <Route element={<Shell />}>
          {screens.map(({ path, Component }) => <Route key={path} path={path} element={<Component />} />)}
          <Route path="*" element={<NotFound />} />
        </Route>
      </Routes>
    </BrowserRouter>
  );
}

function Door(): ReactNode {
  const { session, failure, retry } = useSession();
  if (session.state === "signed-in") return <Screens />;
  if (session.state === "signed-out") return <SignIn />;
  return failure ? <Failed error={failure} onRetry={retry} /> : <Loading />;
}

export function Console(): ReactNode {
  return (
    <QueryClientProvider client={client}>
      <ThemeProvider>
        <SessionProvider>
          <Door />
        </SessionProvider>
      </ThemeProvider>
    </QueryClientProvider>
  );
}
