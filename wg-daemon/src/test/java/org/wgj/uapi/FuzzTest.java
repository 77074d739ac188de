// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.wgj.fuzz.Fuzzing;
import org.wgj.proxy.ProxyFileFuzz;
import org.wgj.quick.ConfigFileFuzz;

import java.util.stream.Stream;

/** Fuzzes the parsers of untrusted bytes in the daemon and its tools. */
class FuzzTest {
    @TestFactory
    Stream<DynamicNode> targets() {
        return Fuzzing.of(
                SetRequestFuzz.class,
                GetReplyFuzz.class,
                ConfigFileFuzz.class,
                ProxyFileFuzz.class);
    }
}
