"""Blocks and their merge as the rules have it, slowly and plainly: the oracle of test/differential where the reference
loses data or fails. `compact(directories, mode, segment size)` gives times, stats, segments and index as bytes; mode is
chain (1:1), penalty (as the reference: chunks of the first one's type only) or penalty-all (chunks of every type)."""
import struct,json,os,sys,heapq
from chunks import *
POLY=0x82f63b78
T=[]
for i in range(256):
    c=i
    for _ in range(8): c=(c>>1)^POLY if c&1 else c>>1
    T.append(c)
try:
    import crc32c as _c
    crc=lambda b:_c.crc32c(bytes(b))
except ImportError:
    def crc(b):
        c=0xffffffff
        for x in b: c=T[(c^x)&255]^(c>>8)
        return c^0xffffffff
def ruv(b,p):
    x=s=0
    while True:
        c=b[p]; p+=1
        x|=(c&0x7f)<<s
        if c<0x80: return x,p
        s+=7
def rsv(b,p):
    u,p=ruv(b,p); return (u>>1)^-(u&1),p
class BR:
    def __init__(s,b): s.b=b; s.p=0; s.n=len(b)*8; s.i=int.from_bytes(b,'big')
    def bits(s,n):
        assert s.p+n<=s.n,'eof'
        s.p+=n
        return (s.i>>(s.n-s.p))&((1<<n)-1)
    def byte(s): return s.bits(8)
    def uv(s):
        x=sh=0
        while True:
            c=s.bits(8); x|=(c&0x7f)<<sh
            if c<0x80: return x&M64
            sh+=7
    def sv(s):
        u=s.uv(); return (u>>1)^-(u&1)
    def pre(s,mx):
        k=0
        while k<mx and s.bits(1): k+=1
        return k
    W=[0,3,6,9,12,18,25,56,64]
    def vi(s):
        k=s.pre(8)
        if k==0: return 0
        n=s.W[k]; v=s.bits(n)
        if n==64: return s64(v)
        return v-(1<<n) if v>(1<<(n-1)) else v
    def vu(s):
        k=s.pre(8); return 0 if k==0 else s.bits(s.W[k])
class XD:
    def __init__(s,v): s.v=v; s.l=0; s.t=0
    def get(s,r):
        if not r.bits(1): return s.v
        if r.bits(1):
            s.l=r.bits(5); n=r.bits(6) or 64; s.t=64-s.l-n
        s.v^=r.bits(64-s.l-s.t)<<s.t
        return s.v
def reduce(h,isint):
    """Schemas above 8 are read as 8: bucket i of schema s is bucket ((i-1)>>(s-8))+1 of schema 8."""
    if not 8<h['schema']<=52: return h
    h=dict(h); by=h['schema']-8; h['schema']=8
    for S,B in (('ps','pb'),('ns','nb')):
        m={}
        for i,v in zip(idxs(h[S]),h[B]):
            k=((i-1)>>by)+1
            if k not in m: m[k]=v
            else: m[k]=m[k]+v if isint else b64(f64(m[k])+f64(v))
        h[S]=norm(sorted(m)); h[B]=[m[k] for k in sorted(m)]
    return h
def dec(enc,data):
    """-> list of (typ,st,t,payload)"""
    out=[]
    if enc==1:
        n=struct.unpack('>H',data[:2])[0]; r=BR(data[2:])
        for i in range(n):
            if i==0: t=r.sv(); x=XD(r.bits(64)); td=0
            else:
                if i==1: td=r.uv()
                else:
                    k=r.pre(4); w=[0,14,17,20,64][k]
                    d=r.bits(w) if w else 0
                    if w and w<64 and d>(1<<(w-1)): d-=1<<w
                    td=(td+d)&M64
                t=s64(t+td); x.get(r)
            out.append(('f',0,t,x.v))
        return out
    n=struct.unpack('>H',data[:2])[0]; crh=data[2]>>6; r=BR(data[3:])
    for i in range(n):
        if i==0:
            z=r.byte()
            zt=0 if z==0 else (r.bits(64) if z==255 else b64(math.ldexp(0.5,z-243)))
            sch=r.vi()
            sp=[]
            for _ in range(2):
                l=[]
                for _ in range(r.vu()):
                    ln=r.vu(); of=r.vi(); l.append((of,ln))
                sp.append(l)
            cv=[]
            if sch==-53:
                for _ in range(r.vu()):
                    u=r.vu()
                    cv.append(r.bits(64) if u==0 else b64((u-1)/1000))
            NP=sum(l for _,l in sp[0]); NN=sum(l for _,l in sp[1])
            t=r.vi(); td=0
            if enc==2:
                cnt=r.vu(); zc=r.vu(); x=XD(r.bits(64)); cd=zd=0
                b=[r.vi() for _ in range(NP+NN)]; bd=[0]*(NP+NN)
            else:
                xs=[XD(r.bits(64)) for _ in range(3+NP+NN)]
        else:
            td=s64(td+r.vi()); t=s64(t+td)
            if enc==2:
                cd=s64(cd+r.vi()); cnt=(cnt+cd)&M64
                zd=s64(zd+r.vi()); zc=(zc+zd)&M64
                x.get(r)
                if x.v!=STALE:
                    for k in range(NP+NN):
                        bd[k]=s64(bd[k]+r.vi()); b[k]=s64(b[k]+bd[k])
            else:
                for k in range(3): xs[k].get(r)
                if xs[2].v!=STALE:
                    for k in range(3,3+NP+NN): xs[k].get(r)
        sm=x.v if enc==2 else xs[2].v
        if sm==STALE: h=dict(hint=0,schema=0,zt=0,sum=sm,ps=[],ns=[],cv=[],cnt=0,zc=0,pb=[],nb=[])
        else:
            h=dict(hint=3 if crh==3 else 0,schema=sch,zt=zt,sum=sm,ps=sp[0],ns=sp[1],cv=cv)
            if enc==2: h.update(cnt=cnt,zc=zc,pb=cum(b[:NP]),nb=cum(b[NP:]))
            else: h.update(cnt=xs[0].v,zc=xs[1].v,pb=[q.v for q in xs[3:3+NP]],nb=[q.v for q in xs[3+NP:]])
        out.append(('h' if enc==2 else 'F',0,t,reduce(h,enc==2)))
    return out
class Block:
    def __init__(s,d):
        s.meta=json.load(open(d+'/meta.json'))
        b=s.b=open(d+'/index','rb').read()
        assert b[:4]==bytes.fromhex('baaad700'); s.ver=b[4]
        toc=b[-52:]; assert crc(toc[:48])==struct.unpack('>I',toc[48:])[0]
        s.toc=struct.unpack('>6Q',toc[:48])
        # symbols
        o=s.toc[0]; ln,cnt=struct.unpack('>II',b[o:o+8]); assert crc(b[o+4:o+4+ln])==struct.unpack('>I',b[o+4+ln:o+8+ln])[0]
        p=o+8; s.sym=[]; s.symoff={}
        for _ in range(cnt):
            st=p; l,p=ruv(b,p); s.sym.append(b[p:p+l]); s.symoff[st]=b[p:p+l]; p+=l
        # postings offset table
        o=s.toc[5]; ln,cnt=struct.unpack('>II',b[o:o+8]); assert crc(b[o+4:o+4+ln])==struct.unpack('>I',b[o+4+ln:o+8+ln])[0]
        p=o+8; s.post=[]
        for _ in range(cnt):
            k,p=ruv(b,p); assert k==2
            l,p=ruv(b,p); nm=b[p:p+l]; p+=l
            l,p=ruv(b,p); vl=b[p:p+l]; p+=l
            of,p=ruv(b,p); s.post.append((nm,vl,of))
        s.segs=[open(os.path.join(d,'chunks',f),'rb').read() for f in sorted(os.listdir(d+'/chunks')) if f.isdigit()]
        s.tomb={}
        if os.path.exists(d+'/tombstones'):
            tb=open(d+'/tombstones','rb').read()
            assert tb[:5]==bytes.fromhex('0130ba3001'); assert crc(tb[5:-4])==struct.unpack('>I',tb[-4:])[0]
            p=5
            while p<len(tb)-4:
                ref,p=ruv(tb,p); a,p=rsv(tb,p); z,p=rsv(tb,p); s.tomb.setdefault(ref,[]).append((a,z))
    def lookup(s,i): return s.symoff[i] if s.ver==1 else s.sym[i]
    def plist(s,of):
        b=s.b; ln,n=struct.unpack('>II',b[of:of+8]); assert ln==4+4*n; assert crc(b[of+4:of+4+ln])==struct.unpack('>I',b[of+4+ln:of+8+ln])[0]
        return list(struct.unpack('>%dI'%n,b[of+8:of+8+4*n]))
    def all(s):
        for nm,vl,of in s.post:
            if nm==b'' and vl==b'': return s.plist(of)
    def series(s,ref):
        b=s.b; p=ref if s.ver==1 else ref*16
        ln,p=ruv(b,p); assert crc(b[p:p+ln])==struct.unpack('>I',b[p+ln:p+ln+4])[0]
        k,p=ruv(b,p); L=[]
        for _ in range(k):
            n,p=ruv(b,p); v,p=ruv(b,p); L.append((s.lookup(n),s.lookup(v)))
        k,p=ruv(b,p); C=[]
        for i in range(k):
            if i==0: mn,p=rsv(b,p)
            else: d,p=ruv(b,p); mn=mx+d
            d,p=ruv(b,p); mx=mn+d
            if i==0: r,p=ruv(b,p)
            else: d,p=rsv(b,p); r+=d
            C.append((mn,mx,r))
        return L,C
    def chunk(s,ref):
        g=s.segs[ref>>32]; o=ref&0xffffffff
        ln,p=ruv(g,o); e=g[p]; d=g[p+1:p+1+ln]
        assert crc(g[p:p+1+ln])==struct.unpack('>I',g[p+1+ln:p+5+ln])[0]
        return e,d
class GoHeap:
    def __init__(s,less): s.a=[]; s.less=less
    def push(s,x):
        a=s.a; a.append(x); j=len(a)-1
        while j>0:
            i=(j-1)//2
            if not s.less(a[j],a[i]): break
            a[i],a[j]=a[j],a[i]; j=i
    def pop(s):
        a=s.a; n=len(a)-1; a[0],a[n]=a[n],a[0]
        i=0
        while True:
            j=2*i+1
            if j>=n: break
            if j+1<n and s.less(a[j+1],a[j]): j+=1
            if not s.less(a[j],a[i]): break
            a[i],a[j]=a[j],a[i]; i=j
        return a.pop()
    def top(s): return s.a[0]
    def __len__(s): return len(s.a)
class Cur: # cursor on list
    def __init__(s,l): s.l=l; s.i=-1
    def next(s): s.i+=1; return s.i<len(s.l)
    @property
    def at(s): return s.l[s.i]
def chain(lists):
    its=[Cur(l) for l in lists]
    h=GoHeap(lambda a,b:a.at[2]<b.at[2])
    cur=its[0]
    for it in its[1:]:
        if it.next(): h.push(it)
    last=-(1<<63); out=[]
    while True:
        emit=False
        while True:
            if not cur.next():
                if not len(h): return out
            else:
                t=cur.at[2]
                if t==last: continue
                if not len(h): break
                if t<h.top().at[2]: break
                h.push(cur)
            cur=h.pop(); t=cur.at[2]
            if t!=last: break
        last=t; out.append(cur.at)
class Pen: # penalty iterator, a/b have next()/seek(t)->bool / at
    def __init__(s,a,b):
        s.a,s.b=a,b; s.last=-(1<<63); s.pa=s.pb=0; s.use=a; s.av=a.next(); s.bv=b.next()
    def next(s):
        if s.av: s.av=s.a.seek(s.last+1+s.pa)
        if s.bv: s.bv=s.b.seek(s.last+1+s.pb)
        if not s.av:
            s.use=s.b
            if s.bv: s.last=s.b.at[2]; s.pb=0; return True
            return False
        if not s.bv:
            s.use=s.a; s.last=s.a.at[2]; s.pa=0; return True
        ta,tb=s.a.at[2],s.b.at[2]
        first=s.last==-(1<<63)
        if ta<=tb:
            s.use=s.a; s.pb=5000 if first else 2*(ta-s.last); s.pa=0; s.last=ta
        else:
            s.use=s.b; s.pa=5000 if first else 2*(tb-s.last); s.pb=0; s.last=tb
        return True
    @property
    def at(s): return s.use.at
    def seek(s,t):
        while True:
            if s.at[2]>=t: return True
            if not s.next(): return False
class SCur(Cur):
    def seek(s,t):
        while s.i<0 or s.i<len(s.l) and s.at[2]<t:
            s.i+=1
        return s.i<len(s.l)
def penalty(base,others):
    it=SCur(base)
    for o in others: it=Pen(it,SCur(o))
    out=[]
    while it.next(): out.append(it.at)
    return out
def merge_chunks(srcs,mode):
    """srcs: list of lists of (mint,maxt,enc,data)"""
    h=GoHeap(lambda a,b:(a.at[0],a.at[1])<(b.at[0],b.at[1]))
    for l in srcs:
        c=Cur(l)
        if c.next(): h.push(c)
    out=[]
    def adv():
        c=h.pop(); r=c.at
        if c.next(): h.push(c)
        return r
    while len(h):
        cur=adv(); om=cur[1]; prev=cur; ov=[]
        while len(h):
            nx=h.top().at
            if nx[0]>om: break
            if (nx[0],nx[1],nx[3])!=(prev[0],prev[1],prev[3]):
                ov.append(nx); om=max(om,nx[1]); prev=nx
            adv()
        if not ov: out.append(cur); continue
        if mode=='chain': ss=chain([dec(c[2],c[3]) for c in ov+[cur]])
        else: ss=penalty(dec(cur[2],cur[3]),[dec(c[2],c[3]) for c in ov if mode=='penalty-all' or c[2]==cur[2]])
        l=Cur([(mn,mx,e,d) for e,mn,mx,n,d in series_encode(ss)])
        assert l.next()
        out.append(l.at)
        if l.next(): h.push(l)
    return out
def subr(c,iv): return any(a<=c[0]<=z and a<=c[1]<=z for a,z in iv)
def addiv(iv,n):
    # merge intervals, adjacent (distance 1) coalesce
    l=sorted(iv+[n]); r=[]
    for a,z in l:
        if r and a<=r[-1][1]+1: r[-1]=(r[-1][0],max(z,r[-1][1]))
        else: r.append((a,z))
    return r
def block_series(b,mint,maxt):
    for ref in b.all():
        L,C=b.series(ref)
        if not C: continue
        iv=[]
        for x in b.tomb.get(ref,[]): iv=addiv(iv,x)
        ch=[c for c in C if c[1]>=mint and c[0]<=maxt and not subr(c,iv)]
        if not ch: continue
        if any(c[0]<mint for c in ch): iv=addiv(iv,(-(1<<63),mint-1))
        if any(c[1]>maxt for c in ch): iv=addiv(iv,(maxt+1,(1<<63)-1))
        out=[]
        for c in ch:
            e,d=b.chunk(c[2])
            v=[i for i in iv if c[0]<=i[1] and i[0]<=c[1]]
            if not v: out.append((c[0],c[1],e,d)); continue
            s=[x for x in dec(e,d) if not any(a<=x[2]<=z for a,z in v)]
            if not s: continue
            r=series_encode(s,limit=1<<16)
            assert len(r)==1,"a trimmed chunk has to stay one"
            en,mn,mx,n,dd=r[0]
            out.append((mn,mx,en,dd))
        yield L,out
def nsamp(e,d): return struct.unpack('>H',d[:2])[0]
class Writer:
    def __init__(s,seg=0): s.segsize=seg or 512<<20; s.segs=[]; s.n=0; s.last=None
    def cut(s): s.segs.append(bytearray(bytes.fromhex('85bd40dd01000000'))); s.n=8
    def write(s,chks):
        bs=0; cuts=set(); first=True; batch=0
        n0=s.n
        for i,c in enumerate(chks):
            sz=len(c[3])+10; bs+=sz
            cut=i!=0 and bs+8>s.segsize
            if first and n0>8:
                cut=bs+n0>s.segsize
                if cut: first=False
            if cut: cuts.add(i); bs=sz
        if s.n==0: s.cut()
        refs=[]
        for i,c in enumerate(chks):
            if i in cuts: s.cut()
            g=s.segs[-1]; refs.append((len(s.segs)-1)<<32|len(g))
            g+=uvar(len(c[3])); body=bytes([c[2]])+c[3]; g+=body+struct.pack('>I',crc(body)); s.n=len(g)
        return refs
def build_index(symbols,series):
    b=bytearray(bytes.fromhex('baaad70002'))
    def sec(body): return struct.pack('>I',len(body))+body+struct.pack('>I',crc(body))
    toc=[len(b)]
    body=struct.pack('>I',len(symbols))+b''.join(uvar(len(x))+x for x in symbols)
    b+=sec(body); sid={x:i for i,x in enumerate(symbols)}
    toc.append(len(b)); post={}; allp=[]
    for L,C in series:
        b+=bytes(-len(b)%16); ref=len(b)//16; allp.append(ref)
        o=uvar(len(L))
        for n,v in L: o+=uvar(sid[n])+uvar(sid[v]); post.setdefault((n,v),[]).append(ref)
        o+=uvar(len(C))
        for i,(mn,mx,r) in enumerate(C):
            o+=(svar(mn) if i==0 else uvar(mn-pm))+uvar(mx-mn)+(uvar(r) if i==0 else svar(r-pr)); pm,pr=mx,r
        b+=uvar(len(o))+o+struct.pack('>I',crc(o))
    toc.append(len(b)); tp=len(b)
    b+=bytes(-len(b)%4)
    ents=[((b'',b''),allp)]+sorted(post.items())
    tab=struct.pack('>I',len(ents))
    for (n,v),l in ents:
        tab+=uvar(2)+uvar(len(n))+n+uvar(len(v))+v+uvar(len(b))
        b+=sec(struct.pack('>I',len(l))+struct.pack('>%dI'%len(l),*l))
    e=len(b); b+=sec(tab)
    t=struct.pack('>6Q',toc[0],toc[1],tp,e,tp,e)
    b+=t+struct.pack('>I',crc(t))
    return bytes(b)
def compact(dirs,mode,seg):
    bl=[Block(d) for d in dirs]
    mint=min(b.meta['minTime'] for b in bl); maxt=max(b.meta['maxTime'] for b in bl)
    syms=sorted(set(x for b in bl for x in b.sym))
    its=[Cur(list(block_series(b,mint,maxt-1))) for b in bl]
    w=Writer(seg); out=[]; st=dict(numSamples=0,numFloatSamples=0,numHistogramSamples=0,numSeries=0,numChunks=0)
    def emit(L,ch):
        if not ch: return
        refs=w.write(ch)
        out.append((L,[(c[0],c[1],r) for c,r in zip(ch,refs)]))
        st['numSeries']+=1; st['numChunks']+=len(ch)
        for c in ch:
            n=nsamp(c[2],c[3]); st['numSamples']+=n
            if c[2]==1: st['numFloatSamples']+=n
            else: st['numHistogramSamples']+=n
    if len(its)==1:
        while its[0].next(): emit(*its[0].at)
    else:
        h=GoHeap(lambda a,b:a.at[0]<b.at[0])
        for it in its:
            if it.next(): h.push(it)
        cs=[]
        while True:
            for it in cs:
                if it.next(): h.push(it)
            if not len(h): break
            cs=[]; L=h.top().at[0]
            while len(h) and h.top().at[0]==L: cs.append(h.pop())
            emit(L, cs[0].at[1] if len(cs)==1 else merge_chunks([c.at[1] for c in cs],mode))
    return mint,maxt,st,w.segs,build_index(syms,out)
if __name__=='__main__':
    # blocks.py chain|penalty OUT IN...: merges IN as the reference would and compares index and chunks with the block OUT.
    mode,out,ins=sys.argv[1],sys.argv[2],sys.argv[3:]
    mint,maxt,st,segs,ix=compact(ins,mode,512<<20)
    names=sorted(os.listdir(out+'/chunks'))
    same=ix==open(out+'/index','rb').read() and [bytes(x) for x in segs]==[open(f'{out}/chunks/{f}','rb').read() for f in names]
    print('same' if same else 'differs',mint,maxt,st)
