import { useCallback } from "react";
import { useSearchParams } from "react-router";

/**
 * The parameters of the address, and a way to change some of them; one that becomes empty goes. So every view of a screen
 * can be sent to a colleague.
 */
export function useAddress(): [search: URLSearchParams, change: (changes: Record<string, string>) => void] {
  const [search, setSearch] = useSearchParams();
  const change = useCallback(
    (changes: Record<string, string>) =>
      setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          for (const [name, value] of Object.entries(changes)) {
            if (value) after.set(name, value);
            else after.delete(name);
          }
          return after;
        },
        { replace: true },
      ),
    [setSearch],
  );
  return [search, change];
}
