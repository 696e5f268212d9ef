// A Dubbo consumer: calls again and again, and prints who has answered, or what went wrong.
//     node consumer.js ZOOKEEPER
'use strict';

const {Dubbo, java, setting} = require('dubbo2.js');

const dubbo = new Dubbo({
  application: {name: 'berth-test'},
  register: process.argv[2],
  dubboSetting: setting.match('com.acme.Greeter', {version: '1.0.0'}),
  service: {
    greeter: (dubbo) =>
      dubbo.proxyService({
        dubboInterface: 'com.acme.Greeter',
        methods: {hello: (who) => [java.String(who)]},
      }),
  },
});

async function call() {
  const {err, res} = await dubbo.service.greeter.hello('consumer');
  process.stdout.write(err ? `ERROR ${String(err.message).replace(/\n/g, ' ')}\n` : `${res}\n`);
  setTimeout(call, 20);
}

dubbo.ready().then(call);
