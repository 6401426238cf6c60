#!/usr/bin/env python3
"""Kit/Learning beside scikit-learn on the same matrix, one line a case.

    python3 compare.py --omnify PATH_TO_BINARY [--orders ORDERS_CSV] [--rows 100000] [--threads 1 2]

Where the running interpreter has no scikit-learn, the script starts itself again in a virtual environment of the cache
folder and installs it there once. Points: customers of the public CDNOW orders (log recency,
frequency, total, tenure, mean amount, last gap; standardised), resampled with a little noise up to --rows. Both sides
get the same bytes; each side's threads are limited alike. `figure` is a number of the result (inertia per row,
silhouette, noise share, tallest merge, log loss, AUC) that must agree between the two. Memory is the peak resident size:
of one process over all cases on our side, of one process a case on the other.
"""
import argparse
import importlib.util
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ORDERS = Path(__file__).resolve().parents[3] / "shared" / "data" / "cdnow_orders.csv"
CACHE = Path(os.environ.get("OMNIFY_CACHE", Path.home() / ".cache" / "omnify"))
PACKAGES = ["scikit-learn==1.9.1", "pandas"]


def ensure_packages():
    """Continues in an interpreter that has scikit-learn."""
    if all(importlib.util.find_spec(name) for name in ("sklearn", "pandas")):
        return
    home = CACHE / "learning-bench"
    python = home / "bin" / "python"
    if Path(sys.prefix) == home:
        sys.exit("learning  scikit-learn cannot be installed here, so there is nothing to compare with")
    if not python.exists():
        subprocess.check_call([sys.executable, "-m", "venv", str(home)])
    if subprocess.call([str(python), "-m", "pip", "install", "--quiet", *PACKAGES]) != 0:
        sys.exit("learning  scikit-learn cannot be installed (no network?), so there is nothing to compare with")
    os.execv(python, [str(python), os.path.abspath(sys.argv[0]), *sys.argv[1:]])


def points(orders, rows):
    import numpy as np
    import pandas as pd
    d = pd.read_csv(orders, parse_dates=["date"])
    t = pd.Timestamp("1998-04-01")
    h = d[d.date < t].sort_values("date")
    g = h.groupby("customer_id")
    last, first = g.date.max(), g.date.min()
    gap = g.date.apply(lambda s: (s.iloc[-1] - s.iloc[-2]).days if len(s) > 1 else (t - s.iloc[0]).days)
    f = pd.DataFrame({"recency": (t - last).dt.days, "frequency": g.date.nunique(), "total": g.amount.sum(),
                      "tenure": (t - first).dt.days, "mean_amount": g.amount.mean(), "gap_last": gap})
    later = set(d[(d.date > t) & (d.date <= t + pd.Timedelta(days=90))].customer_id)
    y = (~f.index.isin(list(later))).astype(float)
    x = np.log1p(np.maximum(f.to_numpy(float), 0))
    x = (x - x.mean(0)) / x.std(0)
    rng = np.random.default_rng(1)
    i = rng.integers(0, len(x), rows)
    return np.column_stack([x[i] + rng.normal(0, 0.05, (rows, x.shape[1])), y[i]])


def write_matrix(path, m):
    with open(path, "wb") as out:
        out.write(struct.pack("<qq", *m.shape))
        out.write(m.astype("<f8").tobytes())


CASES = ["kmeans_k5_init10", "silhouette_sample_10k", "silhouette_full_20k", "dbscan", "ward_20k", "logistic",
         "auc_bootstrap_200"]


def peer(path, threads, name):
    """One case of scikit-learn, in this process: the caller has set the thread limits."""
    import numpy as np
    from sklearn.cluster import DBSCAN, AgglomerativeClustering, KMeans
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss, roc_auc_score, silhouette_score
    raw = open(path, "rb").read()
    rows, columns = struct.unpack("<qq", raw[:16])
    m = np.frombuffer(raw, "<f8", offset=16).reshape(rows, columns)
    x, y = np.ascontiguousarray(m[:, :-1]), m[:, -1] > 0.5
    labels = KMeans(5, n_init=1, random_state=0).fit_predict(x)
    small = x[:20_000]

    def bootstrap():
        rng = np.random.default_rng(0)
        for _ in range(200):
            i = rng.integers(0, rows, rows)
            roc_auc_score(y[i], x[i, 0])
        return roc_auc_score(y, x[:, 0])

    def logistic():
        model = LogisticRegression(solver="newton-cholesky", tol=1e-8, max_iter=200).fit(x, y)
        return log_loss(y, model.predict_proba(x)[:, 1])

    cases = {
        "kmeans_k5_init10": lambda: KMeans(5, n_init=10, random_state=0).fit(x).inertia_ / rows,
        "silhouette_sample_10k": lambda: silhouette_score(x, labels, sample_size=min(rows, 10_000), random_state=0),
        "silhouette_full_20k": lambda: silhouette_score(small, labels[:20_000]),
        "dbscan": lambda: float(np.mean(DBSCAN(eps=0.25, min_samples=10, n_jobs=threads).fit_predict(x) < 0)),
        "ward_20k": lambda: AgglomerativeClustering(5, linkage="ward", compute_distances=True).fit(small).distances_[-1],
        "logistic": logistic,
        "auc_bootstrap_200": bootstrap,
    }
    start = time.perf_counter()
    figure = cases[name]()
    print(json.dumps({"case": name, "seconds": time.perf_counter() - start, "figure": float(figure)}), flush=True)


def lines(command, env):
    """What a command printed, by case, and its peak memory in MiB."""
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    text = process.stdout.read()
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command[0]} failed: {errors[-500:]}")
    found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return {line["case"]: line for line in found}, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", default=str(ORDERS))
    parser.add_argument("--omnify")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--peer", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--write", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peer:
        return peer(arguments.peer[0], int(arguments.peer[1]), arguments.peer[2])
    if arguments.write:
        return write_matrix(arguments.write, points(arguments.orders, arguments.rows))
    if not arguments.omnify:
        parser.error("--omnify is needed")
    ensure_packages()
    worst = float("inf")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "points.matrix")
        # In a process of its own: a child's peak memory starts at what its parent holds.
        subprocess.check_call([sys.executable, os.path.abspath(__file__), "--write", path, "--orders", arguments.orders,
                               "--rows", str(arguments.rows)])
        for threads in arguments.threads:
            limit = {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
            env = dict(os.environ, **limit)
            ours, memory = lines(
                [arguments.omnify, "bench", "learning", "--matrix", path, "--threads", str(threads)], env)
            for name in CASES:
                command = [sys.executable, os.path.abspath(__file__), "--peer", path, str(threads), name]
                theirs, peer_memory = lines(command, env)
                own, other = ours[name], theirs[name]
                ratio = other["seconds"] / max(own["seconds"], 1e-9)
                worst = min(worst, ratio)
                print(f"learning  {name:<22} {threads} thread(s)  omnify {own['seconds']:8.3f} s   scikit-learn "
                      f"{other['seconds']:8.3f} s   {ratio:6.1f} x   memory {memory:.0f} / {peer_memory:.0f} MiB   "
                      f"figures {own['figure']:.5g} / {other['figure']:.5g}", flush=True)
    print(f"learning  slowest ratio {worst:.2f} x (1 or more: no slower than scikit-learn)")


if __name__ == "__main__":
    main()
