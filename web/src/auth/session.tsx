import { useQueryClient } from "@tanstack/react-query";
import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { api, told, whenSignedOut, type Schemas } from "../api/client";
import { asApiError } from "../api/problem";
import { forgetToken, keepToken, storedToken } from "../api/token";
import { hub } from "../live/hub";

export type Who = Schemas["WhoView"];
type Session =
  | { state: "unknown" }
  | { state: "signed-out"; expired: boolean }
  | { state: "signed-in"; who: Who };

interface SessionTools {
  session: Session;
  /** Asks the centre who this is; keeps the token only when it is known. */
  check: (secret: string, remember: boolean) => Promise<Who>;
  enter: (who: Who) => void;
  leave: () => void;
  retry: () => void;
  failure: unknown;
}
const Context = createContext<SessionTools | null>(null);

export function useSession(): SessionTools {
  const tools = useContext(Context);
  if (!tools) throw new Error("SessionProvider is missing");
  return tools;
}

/** Who is signed in; only below the signed-in part of the page. */
export function useWho(): Who {
  const { session } = useSession();
  if (session.state !== "signed-in") throw new Error("nobody is signed in");
  return session.who;
}

const askWho = (): Promise<Who> => told(api.GET("/v1/whoami"));

export function SessionProvider({ children }: { children: ReactNode }): ReactNode {
  const client = useQueryClient();
  const [session, setSession] = useState<Session>(() =>
    storedToken() ? { state: "unknown" } : { state: "signed-out", expired: false },
  );
  const [failure, setFailure] = useState<unknown>(null);

  const leave = useCallback(
    (expired = false) => {
      forgetToken();
      hub.stop();
      client.clear();
      setSession({ state: "signed-out", expired });
    },
    [client],
  );
  const look = useCallback(() => {
    askWho().then(
      (who) => {
        setFailure(null);
        setSession({ state: "signed-in", who });
      },
      (error: unknown) => setFailure(error),
    );
  }, []);
  useEffect(() => {
    if (!failure || !asApiError(failure).mayPass) return;
    const timer = setTimeout(look, 3_000);
    return () => clearTimeout(timer);
  }, [failure, look]);
  useEffect(() => {
    whenSignedOut(() => leave(true));
    if (storedToken()) look();
  }, [leave, look]);

  const tools = useMemo<SessionTools>(
    () => ({
      session,
      failure,
      retry: look,
      check: async (secret, remember) => {
        keepToken(secret, remember);
        try {
          return await askWho();
        } catch (error) {
          forgetToken();
          throw error;
        }
      },
      enter: (who) => setSession({ state: "signed-in", who }),
      leave: () => leave(),
    }),
    [session, failure, look, leave],
  );
  return <Context.Provider value={tools}>{children}</Context.Provider>;
}
