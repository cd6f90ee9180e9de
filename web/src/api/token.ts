/** The token of this browser: for this tab alone, or remembered. It goes into a header and never into an address. */
const key = "mingyue.token";

export function storedToken(): string | null {
  return sessionStorage.getItem(key) ?? localStorage.getItem(key);
}

export function keepToken(secret: string, remember: boolean): void {
  forgetToken();
  (remember ? localStorage : sessionStorage).setItem(key, secret);
}

export function forgetToken(): void {
  sessionStorage.removeItem(key);
  localStorage.removeItem(key);
}
