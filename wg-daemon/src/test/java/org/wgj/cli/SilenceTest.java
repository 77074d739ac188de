// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.wgj.quick.Output;

import java.io.PrintWriter;
import java.io.StringWriter;

/** Tests what {@code wgj proxy -s} still prints. */
class SilenceTest {
    @Test
    void errorsAreSeen() {
        StringWriter text = new StringWriter();
        Output silence = new ProxyCommand.Silence(Output.to(new PrintWriter(text)));
        silence.step("a");
        silence.warn("b");
        silence.error("c");
        assertEquals("[!] c", text.toString().strip());
    }
}
