// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

/** Notes what a connection tells. */
final class TestHandler implements TcpHandler {
    int established;
    int readable;
    int writable;
    int ended;
    TcpFailure failure;

    @Override
    public void established() {
        established++;
    }

    @Override
    public void readable() {
        readable++;
    }

    @Override
    public void writable() {
        writable++;
    }

    @Override
    public void ended(TcpFailure why) {
        ended++;
        failure = why;
    }
}
