// SPDX-License-Identifier: Apache-2.0
/** Measures the blind relay beside a plain forwarder of datagrams on the same sockets. */
package org.wgj.benchmarks.relay;
