"""Trains a small decoder language model on real text, as one rank of a gang.

The text is what every Debian machine carries: the licences in /usr/share/common-licenses. A token is a byte. Ranks
hold the same model, see different batches, and average their gradients over gloo.

Everything that a step depends on is either in the checkpoint (weights, the optimizer's moments) or follows from the
step's number (the batch): so a run that is killed and resumed goes through the same numbers as one that is not.
`--kill-at STEP` has rank 1 kill itself there with SIGKILL, on the job's first attempt only: the centre must notice,
take rank 0 down with it, and start the gang again.

Progress goes to $MINGYUE_PROGRESS, checkpoints to $MINGYUE_CHECKPOINT, every step's loss to --losses.
"""

import argparse
import datetime
import json
import math
import os
import pathlib
import signal
import time

import torch
import torch.distributed as dist
from torch import nn
from torch.nn import functional as F

CONTEXT, WIDTH, HEADS, LAYERS = 64, 96, 4, 2
BATCH = 12                       # sequences a rank and step
STEPS, CHECKPOINT_EVERY = 200, 40
SEED = 20230601


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm_attention, self.norm_mlp = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))

    def forward(self, x, mask):
        batch, length, _ = x.shape
        q, k, v = (t.view(batch, length, HEADS, -1).transpose(1, 2) for t in self.qkv(self.norm_attention(x)).chunk(3, -1))
        weights = ((q @ k.transpose(-1, -2)) / math.sqrt(WIDTH / HEADS)).masked_fill(mask, -math.inf).softmax(-1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(batch, length, WIDTH))
        return x + self.mlp(self.norm_mlp(x))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.token, self.position = nn.Embedding(256, WIDTH), nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 256)
        self.register_buffer("mask", torch.ones(CONTEXT, CONTEXT, dtype=torch.bool).triu(1), persistent=False)

    def loss(self, tokens):
        x = self.token(tokens[:, :-1]) + self.position.weight
        for block in self.blocks:
            x = block(x, self.mask)
        return F.cross_entropy(self.head(self.norm(x)).flatten(0, 1), tokens[:, 1:].flatten())


def read_text():
    """All licences as one tensor of bytes; the last twentieth is held out."""
    folder = pathlib.Path("/usr/share/common-licenses")
    data = b"".join(p.read_bytes() for p in sorted(folder.iterdir()) if p.is_file() and not p.is_symlink())
    text = torch.frombuffer(bytearray(data), dtype=torch.uint8).long()
    cut = len(text) * 19 // 20
    return text[:cut], text[cut:]


def batch_of(text, step, rank):
    chance = torch.Generator().manual_seed(SEED + 1000 * step + rank)
    starts = torch.randint(len(text) - CONTEXT - 1, (BATCH,), generator=chance)
    return torch.stack([text[s:s + CONTEXT + 1] for s in starts.tolist()])


def average_gradients(model, ranks):
    """One all-reduce of all gradients: with a fixed layout the sum is the same in every run."""
    gradients = [p.grad for p in model.parameters()]
    flat = torch.cat([g.flatten() for g in gradients])
    dist.all_reduce(flat)
    flat /= ranks
    for gradient, part in zip(gradients, flat.split([g.numel() for g in gradients])):
        gradient.copy_(part.view_as(gradient))


def report(**line):
    path = os.environ.get("MINGYUE_PROGRESS")
    if path:
        with open(path, "a") as file:
            file.write(json.dumps(line) + "\n")


def save(folder, step, model, optimizer):
    """Written beside its name and renamed, so that a checkpoint is whole or absent."""
    started = time.monotonic()
    name = f"step-{step}"
    with open(folder / (name + ".new"), "wb") as file:
        torch.save({"step": step, "model": model.state_dict(), "optimizer": optimizer.state_dict()}, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(folder / (name + ".new"), folder / name)
    report(checkpoint=name, step=step, took_s=round(time.monotonic() - started, 3))


def last_checkpoint(folder):
    """What the centre names; else the newest in the folder; else nothing."""
    name = os.environ.get("MINGYUE_CHECKPOINT_LAST", "")
    if name and (folder / name).is_file():
        return folder / name
    whole = [p for p in folder.glob("step-*") if p.suffix != ".new"]
    return max(whole, key=lambda p: int(p.name.split("-")[1]), default=None)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--losses", required=True)
    options.add_argument("--kill-at", type=int, default=0)
    options = options.parse_args()

    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    dist.init_process_group("gloo", timeout=datetime.timedelta(seconds=60))
    rank, ranks = dist.get_rank(), dist.get_world_size()
    attempt = int(os.environ.get("MINGYUE_ATTEMPT", "1"))
    folder = pathlib.Path(os.environ["MINGYUE_CHECKPOINT"])

    text, held_out = read_text()
    model = Model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, betas=(0.9, 0.98))
    start = 0
    checkpoint = last_checkpoint(folder)
    if checkpoint:
        state = torch.load(checkpoint)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        start = state["step"]
        print(f"rank {rank}: attempt {attempt} resumes from {checkpoint.name}", flush=True)

    losses = open(options.losses, "a") if rank == 0 else None
    for step in range(start + 1, STEPS + 1):
        optimizer.zero_grad()
        loss = model.loss(batch_of(text, step, rank))
        loss.backward()
        average_gradients(model, ranks)
        optimizer.step()
        mean = loss.detach().clone()
        dist.all_reduce(mean)
        if rank == 0:
            # The file outlives attempts: "attempt step loss", the loss in full so that equal means equal.
            losses.write(f"{attempt} {step} {(mean / ranks).item()!r}\n")
            losses.flush()
            if step % 10 == 0:
                report(step=step, of=STEPS)
            if step % CHECKPOINT_EVERY == 0:
                save(folder, step, model, optimizer)
        if rank == 1 and attempt == 1 and step == options.kill_at:
            print(f"rank 1: kills itself at step {step}", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)

    if rank == 0:
        rows = held_out[:len(held_out) // (CONTEXT + 1) * (CONTEXT + 1)].view(-1, CONTEXT + 1)
        with torch.no_grad():
            held_out_loss = model.loss(rows).item()
        counts = torch.bincount(text, minlength=256).double() + 1
        by_frequency = -(counts / counts.sum()).log()[held_out].mean().item()
        losses.write(f"held_out {held_out_loss!r}\nby_frequency {by_frequency!r}\n")
        print(f"held-out loss {held_out_loss:.4f} nats a byte; by frequency alone {by_frequency:.4f}", flush=True)
    dist.barrier()


main()
