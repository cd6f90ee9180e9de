import { expect, test } from "vitest";
import { asApiError, errorOf } from "./problem";

test("a problem document keeps all that it says", () => {
  const error = errorOf(422, { type: "", title: "", status: 422, code: "bad-document", detail: "cores: too many", hint: "ask for fewer", field: "cores" });
  expect(error).toMatchObject({ status: 422, code: "bad-document", message: "cores: too many", hint: "ask for fewer", field: "cores" });
  expect(error.mayPass).toBe(false);
});

test("a problem that came as text is read", () => {
  expect(errorOf(404, '{"code":"unknown-job","detail":"no job 7"}').code).toBe("unknown-job");
});

test("what is no problem document was not said by the centre", () => {
  expect(errorOf(502, "<html>").code).toBe("not-the-centre");
  expect(errorOf(502, "<html>").mayPass).toBe(true);
  expect(asApiError(new TypeError("fetch failed")).code).toBe("unreachable");
  expect(asApiError(new TypeError("fetch failed")).mayPass).toBe(true);
});
