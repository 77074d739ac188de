// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.wgj.fuzz.Fuzzing;
import org.wgj.netstack.dns.DnsMessageFuzz;
import org.wgj.netstack.proxy.ClientHelloFuzz;
import org.wgj.netstack.proxy.HttpProxyFuzz;
import org.wgj.netstack.proxy.SocksFuzz;
import org.wgj.netstack.stack.StackFuzz;

import java.util.stream.Stream;

/** Fuzzes the stack and its proxies with bytes that others may send. */
class FuzzTest {
    @TestFactory
    Stream<DynamicNode> targets() {
        return Fuzzing.of(
                ClientHelloFuzz.class,
                DnsMessageFuzz.class,
                HttpProxyFuzz.class,
                SocksFuzz.class,
                StackFuzz.class);
    }
}
