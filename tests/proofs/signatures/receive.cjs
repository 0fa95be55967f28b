// Takes deliveries as a target with the library standardwebhooks would; prints for each what it says.
const { Webhook } = require("standardwebhooks");
const given = JSON.parse(require("fs").readFileSync(0, "utf8"));
Date.now = () => given.now * 1000;
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...of) {
    of.length ? super(...of) : super(given.now * 1000);
  }
};
const said = given.deliveries.map(({ secret, headers, body }) => {
  try {
    new Webhook(secret).verify(body, headers);
    return "taken";
  } catch (error) {
    return error.message;
  }
});
console.log(JSON.stringify(said));
